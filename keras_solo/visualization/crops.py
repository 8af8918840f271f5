"""Masks one at a time, each cut to its box: what is needed to draw them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from keras_solo.geometry.extent import extent
from keras_solo.geometry.size import Size

Window: TypeAlias = tuple[int, int, int, int]  # xyxy, pixels


@runtime_checkable
class Crops(Protocol):
    """Masks of one size that need not be in memory all at once."""

    @property
    def size(self) -> Size:
        """(height, width) of the masks in pixels."""
        ...

    @property
    def areas(self) -> np.ndarray:
        """`(n,)` integers: pixels of each mask."""
        ...

    @property
    def windows(self) -> Sequence[Window]:
        """Tight boxes, xyxy; zeros for an empty mask."""
        ...

    def __len__(self) -> int: ...

    def crop(self, index: int) -> np.ndarray:
        """The part of one mask in its window, bool."""
        ...


class DenseCrops:
    """`Crops` of an array.

    Args:
        masks: `(n, height, width)` bool.

    Example:

    >>> DenseCrops(np.eye(3, 5, k=1, dtype=bool)[None, :2]).windows
    [(1, 0, 3, 2)]
    """

    def __init__(self, masks: np.ndarray) -> None:
        self.masks: np.ndarray = masks
        self.size: Size = (masks.shape[1], masks.shape[2])
        self.areas: np.ndarray = np.array(
            [np.count_nonzero(mask) for mask in masks], np.int64
        )
        self.windows: list[Window] = [extent(mask) for mask in masks]

    def __len__(self) -> int:
        return len(self.masks)

    def crop(self, index: int) -> np.ndarray:
        x1, y1, x2, y2 = self.windows[index]
        return self.masks[index, y1:y2, x1:x2]
