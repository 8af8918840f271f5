"""Connections: what answers in time, and what does not."""

import contextlib
import http.client
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from keras_solo.models.connections import open_address


@contextlib.contextmanager
def serving(*pieces, pause=0.0):
    """A server that sends some pieces to the first who asks."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk():
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)

        threading.Thread(target=talk, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def ask(address, seconds=5.0):
    return open_address(urllib.request.Request(address), 5.0, seconds)


def test_an_answer():
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    with serving(body) as server, ask(f"http://{server}/x") as response:
        assert response.headers["Content-Length"] == "3"
        assert response.read() == b"abc"


def test_headers_that_take_too_long():
    pieces = [b"HTTP/1.1 100 Continue\r\n\r\n"] * 1000
    began = time.monotonic()
    with serving(*pieces, pause=0.05) as server:
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(f"http://{server}/x", seconds=0.3)
    assert time.monotonic() - began < 20


def test_a_body_may_take_longer():
    pieces = [b"HTTP/1.1 200 OK\r\n\r\n", b"a", b"b", b"c"]
    with serving(*pieces, pause=0.2) as server:
        with ask(f"http://{server}/x", seconds=0.3) as response:
            assert response.read() == b"abc"


def test_no_answer_over_tls():
    with serving(b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        with pytest.raises(urllib.error.URLError, match="SSL"):
            ask(f"https://{server}/x")


def test_nothing_leads_to_ftp():
    answer = b"HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1:1/x\r\n\r\n"
    with serving(answer) as server:
        with pytest.raises(urllib.error.URLError, match="to an FTP server"):
            ask(f"http://{server}/x")
