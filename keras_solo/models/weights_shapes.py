"""What a weights file says of the arrays in it, without reading values."""

from __future__ import annotations

import pathlib
from typing import NamedTuple

import h5py

# No trained weights take so little of what they hold.
MOST_COMPRESSED = 50
SMALL = 100_000_000


class Shapes(NamedTuple):
    """The arrays of a weights file.

    Attributes:
        widest: The largest side of all arrays: no layer has more channels.
            `None` where there is no array.
        arrays: How many arrays there are: no model has more layers with
            weights. `None`, too, where there is none.
        bytes: What all arrays take in memory.
        elsewhere: The name of one that is kept in another file, or behind a
            link; `None` if all are here.
    """

    widest: int | None = None
    arrays: int | None = None
    bytes: int = 0
    elsewhere: str | None = None


def read_shapes(path: pathlib.Path) -> Shapes:
    """Looks at all arrays of a weights file.

    Args:
        path: An HDF5 file.

    Returns:
        None of them where there is no such file, or none that can be read:
        who loads it will say so.

    Raises:
        ValueError: Names the file, if it has values in other files, or says
            that it holds far more than it does.
    """
    try:
        with h5py.File(path, "r") as file:
            shapes = _shapes(file)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError):
        return Shapes()
    if shapes.elsewhere is not None:
        raise ValueError(
            f"{path}: expected all values in this file, but those of "
            f"{shapes.elsewhere!r:.200} are elsewhere."
        )
    size = path.stat().st_size
    if shapes.bytes > max(SMALL, MOST_COMPRESSED * size):
        raise ValueError(
            f"{path} says that it holds {shapes.bytes} bytes of values, which "
            f"are not in the {size} bytes that it has."
        )
    return shapes


def _shapes(file: h5py.File) -> Shapes:
    sides: list[int] = []
    sizes: list[int] = []
    elsewhere: list[str] = []

    def look(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            sides.append(max(item.shape or (1,)))
            sizes.append(item.nbytes)
            if item.external or item.is_virtual:
                elsewhere.append(name)
        else:
            elsewhere.extend(
                f"{name}/{inside}".lstrip("/")
                for inside in item
                if not isinstance(item.get(inside, getlink=True), h5py.HardLink)
            )

    look("", file)
    file.visititems(look)
    return Shapes(
        max(sides, default=None),
        len(sides) or None,
        sum(sizes),
        elsewhere[0] if elsewhere else None,
    )
