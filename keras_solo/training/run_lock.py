"""One training at a time in a folder: a lock of the operating system."""

import pathlib

import filelock

from keras_solo.training import run_files
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_manifest import read_manifest

# Of this process: who begins again after an interruption has it already.
_held: dict[pathlib.Path, filelock.BaseFileLock] = {}


def lock(path: pathlib.Path) -> bool:
    """Locks a file for this process; the system unlocks it when that ends.

    Args:
        path: The file; it is made if need be.

    Returns:
        Whether the lock was had: no other process holds it.
    """
    path = path.resolve()
    if path in _held:
        return True
    # Any thread of the process may unlock it.
    held = filelock.FileLock(path, thread_local=False)
    try:
        held.acquire(timeout=0)
    except filelock.Timeout:
        return False
    _held[path] = held
    return True


def unlock(path: pathlib.Path) -> None:
    """Lets others have the lock, if this process holds it.

    Args:
        path: The file.
    """
    held = _held.pop(path.resolve(), None)
    if held is not None:
        held.release()


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
