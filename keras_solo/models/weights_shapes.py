"""What a weights file says of the sizes in it, without reading values."""

from __future__ import annotations

import pathlib

import h5py


def widest(path: pathlib.Path) -> int | None:
    """The largest side of all arrays in a weights file.

    No layer has more channels.

    Args:
        path: An HDF5 file.

    Returns:
        None where there is no such file, or none that can be read: who loads
        it will say so.
    """
    sides = [1]

    def look(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset) and item.shape:
            sides.append(max(item.shape))

    try:
        with h5py.File(path, "r") as file:
            file.visititems(look)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError):
        return None
    return max(sides) if len(sides) > 1 else None
