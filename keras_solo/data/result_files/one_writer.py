"""One process at a time writes results into a folder."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterator

import filelock

LOCK = ".writing"


@contextlib.contextmanager
def one_writer(folder: pathlib.Path) -> Iterator[None]:
    """Keeps others from writing into a folder meanwhile.

    Two that write the same names would spoil each other's files. It is a lock
    of the operating system: that of a process that was killed holds nobody.

    Args:
        folder: It is made if need be.

    Raises:
        OSError: If somebody else writes there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise OSError(
            f"Another process writes results into {folder}: wait for its end, "
            "or choose another folder."
        ) from error
    try:
        yield
    finally:
        # Before another may have it; Windows keeps the file.
        with contextlib.suppress(OSError):
            (folder / LOCK).unlink()
        lock.release()
