"""A text file that is there as a whole, or as it was before."""

import os
import pathlib

SUFFIX = ".new"


def write_whole(path: pathlib.Path, text: str) -> None:
    """Writes a file so that a process that is killed leaves no half of it.

    Args:
        path: The file.
        text: Its content.

    Example:

    >>> write_whole(pathlib.Path("settings.json"), "{}")
    >>> pathlib.Path("settings.json").read_text()
    '{}'
    """
    new = path.with_name(path.name + SUFFIX)
    with open(new, "w", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
