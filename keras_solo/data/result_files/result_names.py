"""What the files about each image and video are called."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterable

# Bytes: file systems take 255, for what stands before and behind, too.
LONGEST_STEM = 200
# Of files that are written beside one another in the folder itself.
SUFFIXES = (".png", ".mp4")


class ResultNames:
    """A name for each file: `street`, then `street_2`, also for `Street`.

    Args:
        folder: Where files of these names are written.
        sources: What is read, as far as it is known: each has its name in this
            order, and no name leads to one of these files.

    Example:

    >>> names = ResultNames(pathlib.Path("out"), ["a/x.jpg", "out/x.png"])
    >>> names.of("out/x.png"), names.of("a/x.jpg"), names.of("b/X.png")
    ('x_3', 'x_2', 'X_4')
    """

    def __init__(
        self,
        folder: pathlib.Path,
        sources: Iterable[str | os.PathLike[str]] = (),
    ) -> None:
        sources = list(sources)
        self._folder = folder
        self._sources = {_place(source).lower() for source in sources}
        self._taken: set[str] = set()
        self._names: dict[str, str] = {}
        for source in sources:
            self.of(source)

    def of(self, source: str | os.PathLike[str]) -> str:
        """The name of a file's results, the same each time.

        Args:
            source: The file.
        """
        place = _place(source)
        if place not in self._names:
            self._names[place] = self._new(pathlib.Path(source).stem)
        return self._names[place]

    def _new(self, stem: str) -> str:
        while len(os.fsencode(stem)) > LONGEST_STEM:
            stem = stem[:-1]
        name, number = stem, 1
        while name.lower() in self._taken or self._is_read(name):
            number += 1
            name = f"{stem}_{number}"
        self._taken.add(name.lower())
        return name

    def _is_read(self, name: str) -> bool:
        """Whether what is written by a name would be what is read."""
        paths = (_place(self._folder / (name + end)) for end in SUFFIXES)
        return not self._sources.isdisjoint(map(str.lower, paths))


def _place(path: str | os.PathLike[str]) -> str:
    """The same for all ways to write a path."""
    return os.path.normcase(os.path.realpath(path))
