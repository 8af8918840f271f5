"""Published files: into the cache once, whole and verified."""

from __future__ import annotations

import hashlib
import http.client
import io
import math
import os
import pathlib
import urllib.error
import urllib.request

import filelock

from keras_solo.models.progress import Progress, verbosity

MIRROR = "KERAS_SOLO_MIRROR"
MEGA = 1_000_000
CHUNK = 1 << 20
TIMEOUT = 30
ATTEMPTS = 5


class DownloadError(OSError):
    """A file that could not be had, and what to do about it."""


def cache_folder() -> pathlib.Path:
    """Where published files are kept: `models/` in Keras's own folder."""
    home = os.environ.get("KERAS_HOME") or pathlib.Path.home() / ".keras"
    return pathlib.Path(home) / "models" / "keras_solo"


def fetch(address: str, sha256: str) -> pathlib.Path:
    """Returns the path of a published file, which is downloaded if need be.

    A file has its name only once it is complete and verified. What an
    interrupted download leaves behind is called `.part`, and the next one
    goes on from there; two processes take turns.

    Args:
        address: Its URL. With the environment variable `KERAS_SOLO_MIRROR`,
            the file of the same name under that URL is taken instead.
        sha256: The first hex digits of the file's hash.

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
                _download(_mirrored(address, name), sha256, target)
                return target
    if not _hash(target).startswith(sha256):
        raise DownloadError(
            f"{target} is not the published file: its sha256 does not begin "
            f"with {sha256}. Delete it, and it will be downloaded again."
        )
    return target


def _mirrored(address: str, name: str) -> str:
    mirror = os.environ.get(MIRROR)
    return f"{mirror.rstrip('/')}/{name}" if mirror else address


def _download(address: str, sha256: str, target: pathlib.Path) -> None:
    partial = target.with_name(f"{target.name}.part")
    _complete(address, partial, target)
    if not _hash(partial).startswith(sha256):
        partial.unlink()
        raise DownloadError(
            f"What came from {address} is not the published file: its sha256 "
            f"does not begin with {sha256}. It was deleted; try again, or "
            f"name another source in the environment variable {MIRROR}."
        )
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(target)


def _complete(
    address: str, partial: pathlib.Path, target: pathlib.Path
) -> None:
    """Downloads what is missing; what stops on the way is asked for again."""
    for attempt in range(ATTEMPTS):
        try:
            if _continue(address, partial):
                return
            reason: object = "the connection was closed too early"
        except urllib.error.HTTPError as error:
            reason = f"the server says {error.code} {error.reason}"
            if error.code < 500:
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


def _continue(address: str, partial: pathlib.Path) -> bool:
    """Appends to a partial file; whether it is complete now."""
    start = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(address)
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT)
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
        length = response.headers.get("Content-Length")
        total = start + int(length) if length else None
        with partial.open("ab" if start else "wb", buffering=0) as file:
            received = start + _copy(response, file, start, total)
    return total is None or received >= total


def _copy(
    response: http.client.HTTPResponse,
    file: io.RawIOBase,
    start: int,
    total: int | None,
) -> int:
    """Appends what comes, under a progress bar; returns how much it was."""
    worth_it = total is not None and total > MEGA
    progress = Progress(
        total and math.ceil(total / MEGA), "MB", verbosity() * worth_it
    )
    count = 0
    while chunk := response.read1(CHUNK):
        file.write(chunk)
        count += len(chunk)
        progress.update((start + count) // MEGA)
    return count


def _hash(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
