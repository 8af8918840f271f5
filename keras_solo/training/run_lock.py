"""One training at a time in a folder: a lock of the operating system."""

import contextlib
import os
import pathlib
from collections.abc import Iterator

import filelock

from keras_solo.training import run_files
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_manifest import read_manifest

# Of this process, by its number and that of the file: who begins again after
# an interruption has it already; a child, or another file there, has not.
_held: dict[pathlib.Path, tuple[filelock.BaseFileLock, int, int]] = {}


def lock(path: pathlib.Path) -> bool:
    """Locks a file for this process; the system unlocks it when that ends.

    Args:
        path: The file; it is made if need be.

    Returns:
        Whether the lock was had: no other process holds it.
    """
    path = path.resolve()
    if holds(path):
        return True
    # Any thread of the process may unlock it.
    held = filelock.FileLock(path, thread_local=False)
    try:
        held.acquire(timeout=0)
    except filelock.Timeout:
        return False
    _held[path] = held, os.getpid(), path.stat().st_ino
    return True


def holds(path: pathlib.Path) -> bool:
    """Whether this process has the lock.

    Args:
        path: The file.
    """
    path = path.resolve()
    if path not in _held or not path.exists():
        return False
    _, process, file = _held[path]
    return process == os.getpid() and file == path.stat().st_ino


def unlock(path: pathlib.Path) -> None:
    """Lets others have the lock, if this process holds it.

    Args:
        path: The file.
    """
    path = path.resolve()
    held = _held.pop(path, None)
    if held is not None and held[1] == os.getpid():
        held[0].release()


def lock_for_training(run: pathlib.Path) -> None:
    """Locks the folder of a training.

    Args:
        run: The folder.

    Raises:
        RunFolderError: If another process holds it; names the process.
    """
    if lock(run / run_files.LOCK):
        return
    manifest = read_manifest(run / run_files.MANIFEST)
    number = manifest and manifest.process
    raise RunFolderError(
        f"Another process{f' ({number})' if number else ''} trains in {run}."
    )


@contextlib.contextmanager
def locked(run: pathlib.Path) -> Iterator[None]:
    """The folder of a training, locked; after an error as it was before.

    Args:
        run: The folder.

    Raises:
        RunFolderError: If another process holds it.
    """
    held = holds(run / run_files.LOCK)
    lock_for_training(run)
    try:
        yield
    except BaseException:
        if not held:
            unlock(run / run_files.LOCK)
        raise
