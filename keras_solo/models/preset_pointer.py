"""Paths that lead to a preset folder: links, and what stands for them."""

import errno
import os
import pathlib

from keras_solo._whole_files import PREFIX, NotWritten

# In the folder of a training; the first that is there is taken.
LEADS = ("best", "model", "last")
LONGEST = 1000
# Errors that a file in the place of a link would meet, too.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)


def point(path: pathlib.Path, target: pathlib.Path) -> None:
    """Makes a path lead to a folder, from one moment to the next.

    It becomes a link, or a file with the folder's name where the system gives
    no links. A link or such a file that is there is replaced.

    Args:
        path: What leads there.
        target: A folder beside it, or below one beside it.

    Raises:
        NotWritten: If the system refuses.
    """
    inside = target.relative_to(path.parent)
    new = path.with_name(PREFIX + path.name)
    try:
        if path.is_dir() and not path.is_symlink():
            raise IsADirectoryError(errno.EISDIR, "a folder is in its place")
        new.unlink(missing_ok=True)
        try:
            if os.name == "nt":  # replaces no link to a folder
                raise NotImplementedError
            os.symlink(inside, new, target_is_directory=True)
        except (NotImplementedError, OSError) as error:
            if getattr(error, "errno", None) in NO_ROOM:
                raise
            new.write_text(inside.as_posix(), encoding="utf-8")
        os.replace(new, path)
    except OSError as error:
        raise NotWritten(path, error) from error


def followed(path: str | os.PathLike[str]) -> pathlib.Path:
    """The preset folder that a path leads to.

    Args:
        path: A preset folder, the folder of a training, or `best` and `last`
            in it. Anything else comes back as it is.

    Returns:
        A path; whether a preset is there is not looked at.

    Example:

    >>> run = pathlib.Path("runs/first")
    >>> (run / "epochs" / "0007").mkdir(parents=True)
    >>> point(run / "best", run / "epochs" / "0007")
    >>> followed(run).resolve().name
    '0007'
    """
    path = pathlib.Path(path)
    if path.is_file():
        return _named_in(path) or path
    if path.is_dir() and not (path / "config.json").is_file():
        for name in LEADS:
            lead = path / name
            found = _named_in(lead) if lead.is_file() else lead
            if found is not None and found.is_dir():
                return found
    return path


def _named_in(file: pathlib.Path) -> pathlib.Path | None:
    """The folder whose name is a file's content, if it is below the file's."""
    with file.open("rb") as stream:
        content = stream.read(LONGEST)
    try:
        inside = pathlib.PurePosixPath(content.decode())
    except UnicodeDecodeError:
        return None
    if inside.is_absolute() or ".." in inside.parts or not inside.parts:
        return None
    try:
        folder = file.parent / inside
        return folder if folder.is_dir() else None
    except (OSError, ValueError):
        return None
