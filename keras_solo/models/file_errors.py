"""Errors of files that name the file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

SHOWN = 300


@contextlib.contextmanager
def naming(
    path: str | os.PathLike[str],
    what: str,
    by_user: bool = False,
    kind: type[ValueError] = ValueError,
) -> Iterator[None]:
    """Whatever is raised about a file becomes an error that names it.

    Args:
        path: The file.
        what: What is wrong then.
        by_user: Whether values of the user are at play, too; then errors that
            may be of them stay what they are.
        kind: The class of the error.

    Example:

    >>> with naming("a.h5", "is damaged"):
    ...     raise KeyError("layers")
    Traceback (most recent call last):
    ...
    ValueError: a.h5: is damaged: 'layers'
    """
    try:
        yield
    except Exception as error:
        if by_user and isinstance(error, ValueError | TypeError):
            raise
        text = " ".join(str(error).split()) or type(error).__name__
        raise kind(f"{path}: {what}: {text:.{SHOWN}}") from error
