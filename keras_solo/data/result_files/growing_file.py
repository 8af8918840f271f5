"""A text file that grows line by line, and has its name in the end."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterator
from typing import TextIO

from keras_solo._whole_files import NotWritten, whole_file


class GrowingFile:
    """What `growing_file` yields.

    Args:
        path: What the file will be called.
        file: It is written to.
    """

    def __init__(self, path: pathlib.Path, file: TextIO) -> None:
        self._path = path
        self._file = file

    def write(self, text: str) -> None:
        """Appends some text, its line ends as they are.

        Raises:
            NotWritten: If the system refuses.
        """
        try:
            self._file.write(text)
        except OSError as error:
            raise NotWritten(self._path, error) from error

    @contextlib.contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """After an error within, nothing of what was written within is left."""
        place = self._file.tell()
        try:
            yield
        except BaseException:
            self._file.seek(place)
            self._file.truncate()
            raise


@contextlib.contextmanager
def growing_file(path: str | os.PathLike[str]) -> Iterator[GrowingFile]:
    """A text file that is written piece by piece, beside its name.

    It takes its place when the with-statement ends without an error; what was
    there before stays otherwise. Memory does not grow with it. Characters that
    UTF-8 does not have, as the names of files may, are spelled.

    Args:
        path: The file.

    Yields:
        What is written to.

    Raises:
        NotWritten: If the system refuses.

    Example:

    >>> with growing_file("names.txt") as file:
    ...     file.write("cat\\n")
    ...     with contextlib.suppress(ValueError), file.all_or_nothing():
    ...         file.write("do")
    ...         raise ValueError
    >>> pathlib.Path("names.txt").read_text()
    'cat\\n'
    """
    path = pathlib.Path(path)
    try:
        with (
            whole_file(path) as new,
            new.open(
                "w", encoding="utf-8", errors="backslashreplace", newline=""
            ) as file,
        ):
            try:
                yield GrowingFile(path, file)
            except OSError as error:
                raise _OfAnotherFile(error) from error
    except _OfAnotherFile as carrier:
        raise carrier.error  # noqa: B904


class _OfAnotherFile(Exception):
    """Carries an error of what is done meanwhile past the name of a file."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error
