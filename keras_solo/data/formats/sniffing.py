"""What a file is, by the words in it, without parsing it."""

from __future__ import annotations

import mmap
import os
import pathlib


def mentions(path: pathlib.Path, *words: bytes) -> bool:
    """Whether a file has all of some words.

    Args:
        path: The file. One that cannot be read has none.
        words: What to look for.

    Example:

    >>> pathlib.Path("a.json").write_text('{"shapes": []}')
    14
    >>> mentions(pathlib.Path("a.json"), b'"shapes"')
    True
    """
    try:
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return all(view.find(word) >= 0 for word in words)
    except (OSError, ValueError):
        return False
