"""What tiles found, in the pixels of the image."""

from __future__ import annotations

import dataclasses

import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.geometry.column_parts import (
    Parts,
    column_parts,
    enlarged_parts,
    moved_parts,
    parts_area,
    parts_runs,
    parts_within,
)
from keras_solo.geometry.column_runs import Runs, Window
from keras_solo.geometry.size import Size
from keras_solo.geometry.tiles import Tile


@dataclasses.dataclass(frozen=True)
class Fragments:
    """Detections of all tiles of an image: objects, or parts of objects.

    Args:
        masks: n masks of the whole image.
        labels: `(n,)` integers, 0-based classes.
        scores: `(n,)` float32.
        owners: `(n,)` integers, the tile of each, a place in `tiles`.
        tiles: All tiles of the image.
        reach: How near to its tile's border, in pixels, a mask may be and not
            be cut by it.
    """

    masks: CompactMasks
    labels: np.ndarray
    scores: np.ndarray
    owners: np.ndarray
    tiles: list[Tile]
    reach: int

    def __len__(self) -> int:
        return len(self.masks)

    @property
    def whole(self) -> np.ndarray:
        """bool `(n,)`: those that no border within the image cuts."""
        size, tiles = self.masks.size, self.tiles
        inside = [
            is_inside(box, tiles[owner].window, size, self.reach)
            for box, owner in zip(self.masks.windows, self.owners, strict=True)
        ]
        return np.array(inside, bool)

    def parts(self, index: int) -> Parts:
        """The lines of one mask."""
        return column_parts(self.masks.runs[index], self.masks.size[0])


def is_inside(box: Window, window: Window, size: Size, reach: int) -> bool:
    """Whether a box keeps away from the borders of a window in an image.

    Args:
        box: xyxy in pixels of the image.
        window: Likewise.
        size: (height, width) of the image: its own borders cut nothing.
        reach: How far away, in pixels.

    Example:

    >>> is_inside((0, 3, 5, 9), (0, 0, 10, 10), size=(10, 20), reach=2)
    True
    >>> is_inside((0, 3, 9, 9), (0, 0, 10, 10), size=(10, 20), reach=2)
    False
    """
    x1, y1, x2, y2 = window
    return (
        (x1 == 0 or box[0] >= x1 + reach)
        and (y1 == 0 or box[1] >= y1 + reach)
        and (x2 >= size[1] or box[2] <= x2 - reach)
        and (y2 >= size[0] or box[3] <= y2 - reach)
    )


def placed(masks: CompactMasks, window: Window, size: Size) -> list[Runs]:
    """Masks of a tile as masks of the image.

    Args:
        masks: Of the tile, which may be larger than its window: what is
            beside the image is cut off.
        window: xyxy in pixels of the image.
        size: (height, width) of the image in pixels.
    """
    x1, y1, x2, y2 = window
    return [
        parts_runs(
            moved_parts(
                parts_within(
                    column_parts(runs, masks.size[0]), (0, 0, x2 - x1, y2 - y1)
                ),
                x1,
                y1,
            ),
            size,
        )
        for runs in masks.runs
    ]


def enlarged(masks: CompactMasks, factor: int, size: Size) -> list[Runs]:
    """Masks of a reduced image as masks of the image.

    Args:
        masks: Of the reduced image.
        factor: Pixels of the image, along a side, in one of the reduced.
        size: (height, width) of the image in pixels.
    """
    height = masks.size[0]
    return [
        parts_runs(
            enlarged_parts(column_parts(runs, height), factor, size), size
        )
        for runs in masks.runs
    ]


def area_within(fragments: Fragments, index: int, window: Window) -> int:
    """The pixels of one mask in a window."""
    return parts_area(parts_within(fragments.parts(index), window))
