"""Objects that no tile can hold, found in the whole image made small."""

from __future__ import annotations

import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.geometry.tiles import Tile
from keras_solo.inference.fragments import is_inside
from keras_solo.inference.run_nms import overlapping_pairs
from keras_solo.inference.stitching import SCORE_PART, Objects

# The tiles together found the same object,
SAME = 0.7
# or a part of it, which lies mostly in it.
INSIDE_PART = 0.5
# The place of the whole image among the tiles.
WHOLE = -1


def are_large(masks: CompactMasks, tiles: list[Tile], reach: int) -> np.ndarray:
    """Those that no tile sees whole.

    Args:
        masks: n masks of the image.
        tiles: All tiles of the image.
        reach: How near to its tile's border, in pixels, a mask may be and not
            be cut by it.

    Returns:
        bool `(n,)`.
    """
    return np.array(
        [
            box[0] < box[2]
            and not any(
                is_inside(box, tile.window, masks.size, reach) for tile in tiles
            )
            for box in masks.windows
        ],
        bool,
    )


def with_large(objects: Objects, large: Objects) -> Objects:
    """Adds what was found in the whole image, and takes its parts out.

    Where tiles found the same, what they found stays: its mask is finer. Else
    what they found of it goes: what is of its class, goes on beyond the tiles
    that saw it, and lies mostly in it, unless its score is far better.

    Args:
        objects: Of the tiles.
        large: Of the whole image.
    """
    both = joined_objects(objects, large)
    first, second, iou = overlapping_pairs(both.masks, both.labels)
    count = len(objects.tiles)
    mixed = (first < count) & (second >= count)
    first, second, iou = first[mixed], second[mixed], iou[mixed]
    areas = both.masks.areas
    shared = iou / (1 + iou) * (areas[first] + areas[second])
    kept = np.ones(len(areas), bool)
    kept[second[iou >= SAME]] = False
    parts = both.cut[first] & (shared >= INSIDE_PART * areas[first])
    parts &= both.scores[second] >= SCORE_PART * both.scores[first]
    kept[first[parts & kept[second]]] = False
    return both[kept]


def joined_objects(one: Objects, other: Objects) -> Objects:
    """The objects of both, in this order."""
    return Objects(
        CompactMasks((*one.masks.runs, *other.masks.runs), one.masks.size),
        np.concatenate([one.labels, other.labels]),
        np.concatenate([one.scores, other.scores]),
        [*one.tiles, *other.tiles],
        np.concatenate([one.cut, other.cut]),
    )
