"""Published files: into the cache once, whole and verified."""

from __future__ import annotations

import hashlib
import http.client
import io
import math
import os
import pathlib
import time
import urllib.error
import urllib.request

import filelock

from keras_solo._whole_files import write_whole
from keras_solo.models.connections import open_address
from keras_solo.models.progress import Progress, verbosity

MIRROR = "KERAS_SOLO_MIRROR"
MEGA = 1_000_000
CHUNK = 1 << 20
TIMEOUT = 30
ATTEMPTS = 5
# Seconds over which a server must send some bytes a second.
WINDOW = 60
SLOWEST = 10_000
SECONDS = "KERAS_SOLO_DOWNLOAD_SECONDS"


class DownloadError(OSError):
    """A file that could not be had, and what to do about it."""


def cache_folder() -> pathlib.Path:
    """Where published files are kept: `models/` in Keras's own folder."""
    home = os.environ.get("KERAS_HOME") or pathlib.Path.home() / ".keras"
    return pathlib.Path(home) / "models" / "keras_solo"


class _Hopeless(OSError):
    """Why it is not asked for again."""


def fetch(
    address: str, sha256: str, most_bytes: int | None = None
) -> pathlib.Path:
    """Returns the path of a published file, which is downloaded if need be.

    A file has its name only once it is complete and verified. What an
    interrupted download leaves behind is called `.part`, and the next one
    goes on from there; two processes take turns. The whole hash of the first
    verified file is written down beside it, and later ones must match it.

    A server that sends less than 10 kB a second over a minute is given up, and
    after as many seconds as the environment variable
    `KERAS_SOLO_DOWNLOAD_SECONDS` says, if it is there.

    Args:
        address: Its URL. With the environment variable `KERAS_SOLO_MIRROR`,
            the file of the same name under that URL is taken instead.
        sha256: The first hex digits of the file's hash.
        most_bytes: What the file can have. A server that sends more is cut
            off.

    Returns:
        A `pathlib.Path`.

    Raises:
        DownloadError: If it can't be had, or isn't what was published.
    """
    name = address.rpartition("/")[2]
    target = cache_folder() / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{target}.lock"):
            if not target.exists():
                source = _mirrored(address, name)
                _download(source, sha256, target, most_bytes)
                return target
    if not target.is_file():
        raise DownloadError(f"{target} is no file: put it elsewhere.")
    expected = _known_hash(target, sha256)
    if not _hash(target).startswith(expected):
        raise DownloadError(
            f"{target} is not the published file: its sha256 does not begin "
            f"with {expected}. Delete it, and it will be downloaded again."
        )
    return target


def _pinned(target: pathlib.Path) -> pathlib.Path:
    """Where the whole hash of a verified file is written down."""
    return target.with_name(f"{target.name}.sha256")


def _known_hash(target: pathlib.Path, sha256: str) -> str:
    """The whole hash if somebody knows it, else its first digits."""
    try:
        known = _pinned(target).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return sha256
    return known if known.startswith(sha256) else sha256


def _mirrored(address: str, name: str) -> str:
    mirror = os.environ.get(MIRROR)
    return f"{mirror.rstrip('/')}/{name}" if mirror else address


def _download(
    address: str, sha256: str, target: pathlib.Path, most_bytes: int | None
) -> None:
    partial = target.with_name(f"{target.name}.part")
    _complete(address, partial, target, most_bytes)
    expected, found = _known_hash(target, sha256), _hash(partial)
    if not found.startswith(expected):
        partial.unlink()
        raise DownloadError(
            f"What came from {address} is not the published file: its sha256 "
            f"does not begin with {expected}. It was deleted; try again, or "
            f"name another source in the environment variable {MIRROR}."
        )
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    write_whole(_pinned(target), f"{found}\n")
    partial.replace(target)


def _complete(
    address: str,
    partial: pathlib.Path,
    target: pathlib.Path,
    most_bytes: int | None,
) -> None:
    """Downloads what is missing; what stops on the way is asked for again."""
    patience = _Patience()
    for attempt in range(ATTEMPTS):
        try:
            if _continue(address, partial, most_bytes, patience):
                return
            reason: object = "the connection was closed too early"
        except urllib.error.HTTPError as error:
            reason = f"the server says {error.code} {error.reason}"
            if error.code < 500:
                break
        except _Hopeless as error:
            reason = error
            break
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            if attempt and not partial.exists():
                break
    raise DownloadError(
        f"{address} could not be downloaded: {reason}. Try again (it goes on "
        f"where it stopped); or put the file at {target} yourself; or name "
        f"a mirror, a URL of a folder that has {target.name}, in the "
        f"environment variable {MIRROR}."
    )


class _Patience:
    """How long a server is waited for, in all and at its speed."""

    def __init__(self) -> None:
        given = os.environ.get(SECONDS)
        try:
            self.seconds = math.inf if given is None else float(given)
        except ValueError:
            raise DownloadError(
                f"Expected a number of seconds in {SECONDS}. Received: {given}"
            ) from None
        self.began = time.monotonic()

    def check(self, window_began: float, received: int) -> bool:
        """Whether a window is over, of which so many bytes came."""
        now = time.monotonic()
        if now - self.began > self.seconds:
            raise _Hopeless(f"it took more than {SECONDS}={self.seconds:g}")
        passed = now - window_began
        if passed < WINDOW:
            return False
        if received < SLOWEST * passed:
            raise _Hopeless(
                f"{received} bytes came in {passed:.0f} s, which is too slow"
            )
        return True


def _continue(
    address: str,
    partial: pathlib.Path,
    most_bytes: int | None,
    patience: _Patience,
) -> bool:
    """Appends to a partial file; whether it is complete now."""
    start = partial.stat().st_size if partial.is_file() else 0
    request = urllib.request.Request(address)
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        response = open_address(request, TIMEOUT, WINDOW)
    except urllib.error.HTTPError as error:
        if start and error.code == 416:
            # There is nothing behind it; the hash will tell.
            return True
        raise
    with response:
        continues = response.headers.get("Content-Range", "").startswith(
            f"bytes {start}-"
        )
        if not continues:
            start = 0
        total = _total(response.headers.get("Content-Length"), start)
        if most_bytes is not None and total is not None and total > most_bytes:
            raise _Hopeless(
                f"the server says that it has {total} bytes, and the "
                f"published one has at most {most_bytes}"
            )
        most = math.inf if most_bytes is None else most_bytes
        with _opened(partial, append=bool(start)) as file:
            received = _copy(response, file, start, total, most, patience)
    return total is None or received >= total


def _total(length: str | None, start: int) -> int | None:
    """The bytes of the whole file, where the server says so."""
    if not length:
        return None
    if not (length.isascii() and length.isdigit() and len(length) < 20):
        raise _Hopeless(f"the server says Content-Length: {length!r:.40}")
    return start + int(length)


def _opened(partial: pathlib.Path, append: bool) -> io.FileIO:
    """The partial file, and never what a link in its place leads to."""
    no_links = getattr(os, "O_NOFOLLOW", 0)
    end = os.O_APPEND if append else os.O_TRUNC
    flags = os.O_WRONLY | os.O_CREAT | end | no_links
    flags |= getattr(os, "O_BINARY", 0)
    try:
        return io.FileIO(os.open(partial, flags, 0o666), "w")
    except OSError as error:
        raise _Hopeless(f"{partial} cannot be written: {error}") from error


def _copy(
    response: http.client.HTTPResponse,
    file: io.RawIOBase,
    start: int,
    total: int | None,
    most: float,
    patience: _Patience,
) -> int:
    """Appends what comes, under a progress bar; returns how much is there."""
    worth_it = total is not None and total > MEGA
    progress = Progress(
        total and math.ceil(total / MEGA), "MB", verbosity() * worth_it
    )
    count = window = start
    window_began = time.monotonic()
    while chunk := response.read1(CHUNK):
        count += len(chunk)
        if count > most:
            file.truncate(0)
            raise _Hopeless(f"more than {most} bytes came")
        file.write(chunk)
        progress.update(count // MEGA)
        if patience.check(window_began, count - window):
            window, window_began = count, time.monotonic()
    return count


def _hash(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
