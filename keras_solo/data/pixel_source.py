"""Stored pixels of an image, part by part: an array's, or a file's."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from keras_solo.geometry.column_runs import Window
from keras_solo.geometry.size import Size

# What is read of an array at once, where it does not matter: rows of it that
# are long enough to be read as quickly as whole ones.
AT_ONCE: Size = (256, 4096)


class PixelSource(Protocol):
    """Pixels as they are stored, in the byte order of this machine.

    Attributes:
        size: (height, width) in pixels.
        dtype: Of the pixels.
        block: (height, width) in pixels of what is best read at once.
    """

    size: Size
    dtype: np.dtype
    block: Size

    def pixels(self, window: Window) -> np.ndarray:
        """`(h, w)` or `(h, w, 3)` of a window within the image."""

    def close(self) -> None:
        """Nothing is read from here on."""


class ArrayPixels:
    """The pixels of an array, which may be memory-mapped.

    Pages of a file that is mapped to be read alone count as memory of this
    process when they have been read: they are given back after each window,
    where the platform has a way to.

    Args:
        array: `(height, width)` or `(height, width, 3)`.

    Example:

    >>> ArrayPixels(np.eye(3)).pixels((1, 0, 3, 2))
    array([[0., 0.],
           [1., 0.]])
    """

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        self.size: Size = (array.shape[0], array.shape[1])
        self.dtype: np.dtype = array.dtype.newbyteorder("=")
        self.block: Size = AT_ONCE
        self.map: mmap.mmap | None = mapped(array)
        self._read_only = self.map if is_read_only(array) else None

    def pixels(self, window: Window) -> np.ndarray:
        """A view of an array in memory, a copy of what is mapped."""
        x1, y1, x2, y2 = window
        part = self.array[y1:y2, x1:x2]
        if self.map is not None:
            part = part.copy()
        if self._read_only is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._read_only.madvise(mmap.MADV_DONTNEED)
        return part.astype(self.dtype, copy=False)

    def close(self) -> None:
        """Arrays belong to those who passed them."""


def _roots(array: object) -> Iterator[object]:
    """An array, what it is a view of, and what that is a view of."""
    while array is not None:
        yield array
        array = getattr(array, "base", None)


def mapped(array: np.ndarray) -> mmap.mmap | None:
    """The memory map that an array lies in, if it lies in one."""
    for root in _roots(array):
        if isinstance(root, mmap.mmap):
            return root
    return None


def is_read_only(array: np.ndarray) -> bool:
    """Whether an array is a view of an `np.memmap` of mode "r".

    Of others a page may hold what no file has.
    """
    modes = [root.mode for root in _roots(array) if isinstance(root, np.memmap)]
    return bool(modes) and modes[-1] == "r"


def blocks(size: Size, block: Size, multiple: int = 1) -> Iterator[Window]:
    """Windows that cover an image, row by row.

    Args:
        size: (height, width) of the image in pixels.
        block: (height, width) of a window; those at the end are smaller.
        multiple: Their sides are rounded up to multiples of it.

    Yields:
        Windows without overlap.

    Example:

    >>> list(blocks((3, 5), (3, 3)))
    [(0, 0, 3, 3), (3, 0, 5, 3)]
    """
    rows, columns = (-(-side // multiple) * multiple for side in block)
    height, width = size
    for y in range(0, height, rows):
        for x in range(0, width, columns):
            yield x, y, min(x + columns, width), min(y + rows, height)
