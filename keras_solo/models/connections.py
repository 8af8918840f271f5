"""Connections to servers that must answer in time."""

from __future__ import annotations

import contextlib
import functools
import http.client
import socket
import threading
import urllib.error
import urllib.request
from typing import Any


def open_address(
    request: urllib.request.Request, timeout: float, seconds: float
) -> http.client.HTTPResponse:
    """Asks a server, over HTTP or HTTPS.

    Proxies and certificates are those of `urllib.request.urlopen`.

    Args:
        request: What to ask.
        timeout: Seconds between two pieces of what comes.
        seconds: For all headers of an answer.

    Returns:
        The answer, whose headers are there.

    Raises:
        OSError: If there is none, or none in time.
        http.client.HTTPException: If it is no HTTP.
    """
    opener = urllib.request.build_opener(
        _Plain(seconds), _Encrypted(seconds), _NoFTP
    )
    response: http.client.HTTPResponse = opener.open(request, timeout=timeout)
    return response


class _Answering(http.client.HTTPConnection):
    """Is closed if the headers of an answer take too long.

    The time limit of a socket is one of each piece that comes. A server that
    sends a byte now and then, or `100 Continue` for ever, would be waited for
    without an end.
    """

    def __init__(self, host: str, seconds: float, **kwargs: Any) -> None:
        super().__init__(host, **kwargs)
        self.seconds = seconds

    def getresponse(self) -> http.client.HTTPResponse:
        timer = threading.Timer(self.seconds, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse()
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


class _AnsweringEncrypted(_Answering, http.client.HTTPSConnection):
    """The same over TLS."""


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def http_open(
        self, request: urllib.request.Request
    ) -> http.client.HTTPResponse:
        connect = functools.partial(_Answering, seconds=self.seconds)
        return self.do_open(connect, request)


class _Encrypted(urllib.request.HTTPSHandler):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def https_open(
        self, request: urllib.request.Request
    ) -> http.client.HTTPResponse:
        connect = functools.partial(_AnsweringEncrypted, seconds=self.seconds)
        return self.do_open(connect, request)


class _NoFTP(urllib.request.FTPHandler):
    """Refuses where a redirection may lead to."""

    def ftp_open(self, req: urllib.request.Request) -> Any:
        raise urllib.error.URLError("it leads to an FTP server")
