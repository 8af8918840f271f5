"""24 servers that mean no good, each as the bytes that it sends."""

import contextlib
import itertools
import socket
import threading
import time

import pytest

from keras_solo.models import download
from keras_solo.models.download import DownloadError, fetch

SHA256 = "0123456789abcdef" * 4
MOST = 1_000_000
OK = b"HTTP/1.1 200 OK\r\n"


def forever(start, again, pause=0.0):
    yield start
    while True:
        time.sleep(pause)
        yield again


def location(address):
    return f"HTTP/1.1 302 Found\r\nLocation: {address}\r\n\r\n".encode()


def html(status):
    return (
        b"HTTP/1.1 " + status + b"\r\nContent-Length: 24\r\n\r\n"
        b"<html>please log in</html>"
    )


SERVERS = {
    "closes at once": lambda: [],
    "says nothing": lambda: forever(b"", b"", 0.05),
    "stops in the headers": lambda: [OK + b"Content-Le"],
    "speaks no HTTP": lambda: [b"SSH-2.0-OpenSSH_9.6\r\n" * 50],
    "speaks TLS": lambda: [b"\x16\x03\x01\x02\x00\x01\x00" * 50],
    "a status of no number": lambda: [b"HTTP/1.1 two OK\r\n\r\n"],
    "a status of 999": lambda: [html(b"999 Surprise")],
    "an endless status": lambda: forever(b"HTTP/1.1 200 ", b"x" * 65536),
    "an endless header": lambda: forever(OK + b"X: ", b"x" * 65536),
    "endless headers": lambda: forever(OK, b"X: y\r\n" * 1000),
    "goes on for ever": lambda: forever(
        b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01
    ),
    "leads to itself": lambda: [location("/model-x.pth")],
    "leads to a file": lambda: [location("file:///etc/passwd")],
    "leads to FTP": lambda: [location("ftp://127.0.0.1:1/model-x.pth")],
    "leads nowhere": lambda: [b"HTTP/1.1 301 Moved\r\n\r\n"],
    "a login page": lambda: [html(b"200 OK")],
    "nothing in it": lambda: [OK + b"Content-Length: 0\r\n\r\n"],
    "an endless body": lambda: forever(OK + b"\r\n", b"x" * 65536),
    "endless chunks": lambda: forever(
        OK + b"Transfer-Encoding: chunked\r\n\r\n",
        b"10000\r\n" + b"x" * 65536 + b"\r\n",
    ),
    "a chunk of no size": lambda: [
        OK + b"Transfer-Encoding: chunked\r\n\r\nsize\r\nabc\r\n"
    ],
    "a chunk of all memory": lambda: forever(
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\n", b"x" * 65536
    ),
    "a length of all disks": lambda: [
        OK + b"Content-Length: 9999999999999999999\r\n\r\nabc"
    ],
    "another part than asked for": lambda: forever(
        b"HTTP/1.1 206 Partial Content\r\n"
        b"Content-Range: bytes 7-5/3\r\nContent-Length: 3\r\n\r\nabc",
        b"abc",
        0.02,
    ),
    "a byte now and then": lambda: forever(OK + b"\r\n", b"x", 0.05),
}


@contextlib.contextmanager
def serving(answer):
    """A server that sends the same to everybody who asks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def talk():
            while not over.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65536)
                        pieces = itertools.takewhile(
                            lambda _: not over.is_set(), answer()
                        )
                        for piece in pieces:
                            connection.sendall(piece)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/model-x.pth"
        over.set()
        thread.join()


def test_there_are_24():
    assert len(SERVERS) == 24


@pytest.mark.parametrize("kind", SERVERS)
def test_nothing_comes_of_it(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv(download.SECONDS, "2")
    monkeypatch.setattr(download, "TIMEOUT", 0.3)
    monkeypatch.setattr(download, "WINDOW", 0.4)
    with serving(SERVERS[kind]) as address:
        with pytest.raises(DownloadError) as error:
            fetch(address, SHA256, most_bytes=MOST)
    assert address in str(error.value)
    assert len(str(error.value)) < 1500
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in left} <= {
        *("model-x.pth.lock", "model-x.pth.part")
    }
    assert sum(path.stat().st_size for path in left) <= MOST + (1 << 20)
