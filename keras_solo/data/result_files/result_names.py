"""What the files about each image and video are called."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterable

# Bytes: file systems take 255, for what stands before and behind, too.
LONGEST_STEM = 200
# Where files are written that may have the name of one that is read: beside
# one another, or in a folder of that name, for the frames of a video.
FOLDERS = ("", "label-maps")
SUFFIXES = (".png", ".mp4")


class ResultNames:
    """A name for each file: `street`, then `street_2`, also for `Street`.

    Two links to one file are two files.

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
        self._roots = [os.path.realpath(folder / name) for name in FOLDERS]
        self._sources = {_place(source).lower() for source in sources}
        self._folders = {os.path.dirname(place) for place in self._sources}
        self._taken: set[str] = set()
        self._names: dict[str, str] = {}
        for source in sources:
            self.of(source)

    def of(self, source: str | os.PathLike[str]) -> str:
        """The name of a file's results, the same each time.

        Args:
            source: The file.
        """
        path = os.path.normcase(os.path.abspath(source))
        if path not in self._names:
            self._names[path] = self._new(pathlib.Path(source).stem)
        return self._names[path]

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
        """Whether what is written by a name might be what is read."""
        paths = [os.path.join(root, name) for root in self._roots]
        files = [path + end for path in paths for end in SUFFIXES]
        return not (
            self._sources.isdisjoint(map(_written, files))
            and self._folders.isdisjoint(map(_written, paths))
        )


def _place(path: str | os.PathLike[str]) -> str:
    """The same for all ways to a file, also by links."""
    return os.path.normcase(os.path.realpath(path))


def _written(path: str) -> str:
    """Where it leads to, in a folder that is known; in small letters."""
    # The other way is slow for many thousands of names.
    known = path if not os.path.islink(path) else os.path.realpath(path)
    return os.path.normcase(known).lower()
