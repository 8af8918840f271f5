"""The folder that the file names of an annotation file start from."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Sequence

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.reading import Reading

# So many names must be there.
SAMPLE = 5
# So many folders are looked at.
MOST = 200


def folder_of(
    names: Sequence[str], path: pathlib.Path, reading: Reading
) -> pathlib.Path:
    """Looks for the folder that has the images.

    Beside the annotations, in `images`, and then in every folder up to two
    levels below the dataset's.

    Args:
        names: File names as they stand in the file.
        path: The file.
        reading: Whose `root` is the dataset's folder.

    Returns:
        The folder with most of the first names; beside the annotations where
        there is none.
    """
    sample = [name for name in names[:SAMPLE] if "\0" not in name]
    best, most = path.parent, 0
    for folder in _folders(path, reading.root):
        there = sum(_is_inside(folder / name, reading) for name in sample)
        if there > most:
            best, most = folder, there
        if most == len(sample):
            break
    return best


def _is_inside(path: pathlib.Path, reading: Reading) -> bool:
    try:
        return reading.inside(path).is_file()
    except (WrongEntry, OSError):
        return False


def _folders(path: pathlib.Path, root: pathlib.Path) -> Iterator[pathlib.Path]:
    yield from (path.parent, path.parent / "images", root, root / "images")
    found = sorted(one for one in root.glob("*") if one.is_dir())[:MOST]
    yield from found
    for folder in found:
        yield from sorted(p for p in folder.glob("*/") if p.is_dir())[:MOST]
