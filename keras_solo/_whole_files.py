"""Files that are there as a whole, or as they were before."""

import contextlib
import errno
import os
import pathlib
import shutil
from collections.abc import Iterable, Iterator

PREFIX = ".new-"
UNABLE = (errno.EINVAL, errno.ENOTSUP)


class NotWritten(OSError):
    """A file that could not be written; what was there before still is.

    Args:
        path: The file.
        error: What went wrong.

    Example:

    >>> error = OSError(28, "No space left on device")
    >>> str(NotWritten(pathlib.Path("/a.txt"), error)).partition(" (")[0]
    '/a.txt could not be written: No space left on device'
    """

    def __init__(self, path: pathlib.Path, error: OSError) -> None:
        reason = error.strerror or " ".join(str(error).split())
        super().__init__(
            f"{path} could not be written: {reason} ({_free(path)})"
        )
        self.errno = error.errno


def _free(path: pathlib.Path) -> str:
    for folder in path.absolute().parents:
        with contextlib.suppress(OSError):
            return f"{as_megabytes(shutil.disk_usage(folder).free)} are free"
    return "the space that is free is not known"


def as_megabytes(size: float) -> str:
    """A number of bytes in words.

    Args:
        size: Bytes.

    Example:

    >>> as_megabytes(2_345_000_000), as_megabytes(1200)
    ('2,345 MB', '0.0012 MB')
    """
    megabytes = size / 1e6
    return f"{megabytes:,.0f} MB" if megabytes >= 10 else f"{megabytes:.2g} MB"


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """A name to write to, beside the file, whose place it takes in the end.

    After an error, or when the process is killed, the file is what it was.
    What is no regular file, such as `/dev/stdout`, is written as it is.

    Args:
        path: The file; a link stays one.

    Yields:
        Where to write.

    Raises:
        NotWritten: If the system refuses.

    Example:

    >>> with whole_file("names.txt") as new:
    ...     _ = new.write_text("cat")
    >>> pathlib.Path("names.txt").read_text()
    'cat'
    """
    path = pathlib.Path(path)
    if path.exists() and not path.is_file():
        try:
            yield path
        except OSError as error:
            raise NotWritten(path, error) from error
        return
    path = pathlib.Path(os.path.realpath(path))
    new = path.with_name(PREFIX + path.name)
    try:
        yield new
        flush(new)
        os.replace(new, path)
    except OSError as error:
        _forget(new)
        raise NotWritten(path, error) from error
    except BaseException:
        _forget(new)
        raise


def _forget(path: pathlib.Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def flush(path: pathlib.Path) -> None:
    """Waits until a file, or a folder's list of names, is on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folder.
    # Windows wants a file that may be written.
    number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    except OSError as error:
        # Some network drives cannot do this for a folder.
        if not (path.is_dir() and error.errno in UNABLE):
            raise
    finally:
        os.close(number)


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Writes a file of which nobody ever sees a half.

    Args:
        path: The file.
        content: Text is encoded as UTF-8, its line ends as they are.

    Raises:
        NotWritten: If the system refuses.

    Example:

    >>> write_whole("settings.json", "{}")
    >>> pathlib.Path("settings.json").read_text()
    '{}'
    """
    data = content.encode() if isinstance(content, str) else content
    with whole_file(path) as new:
        new.write_bytes(data)


def reserve(path: pathlib.Path, size: int) -> None:
    """Makes sure that a file of some size can be written.

    Libraries that write HDF5 may crash on a full disk, so it is asked first.

    Args:
        path: The file; there is none afterwards.
        size: Bytes.

    Raises:
        OSError: If there is no room.
    """
    try:
        with open(path, "wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, max(size, 1))
            elif shutil.disk_usage(path.parent).free < size:
                raise OSError(errno.ENOSPC, "No space left on device")
    finally:
        path.unlink(missing_ok=True)


def remove_own(folder: pathlib.Path, names: Iterable[str]) -> None:
    """Removes files of ours, and their folder if nothing else is in it.

    Args:
        folder: It need not exist. Of a link the link alone is removed.
        names: Of the files.

    Example:

    >>> folder = pathlib.Path("preset")
    >>> folder.mkdir()
    >>> _ = (folder / "config.json").write_text("{}")
    >>> remove_own(folder, ["config.json", "metadata.json"])
    >>> folder.exists()
    False
    """
    if folder.is_symlink():
        folder.unlink()
        return
    for name in names:
        for path in (folder / name, folder / (PREFIX + name)):
            path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
