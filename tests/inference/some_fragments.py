"""Detections of tiles that lie in a row, for tables worked by hand."""

import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.geometry.tiles import tiles
from keras_solo.inference.fragments import Fragments


def square(size, x1, x2, y1=0, y2=None):
    """bool `(height, width)`, set from column `x1` to before `x2`."""
    mask = np.zeros(size, bool)
    mask[y1:y2, x1:x2] = True
    return mask


def fragments_of(size, rows, side=10, overlap=0.2, reach=2):
    """Of `(mask, label, tile, score)`; tiles are `side` wide and high."""
    masks, labels, owners, scores = (
        [row[place] for row in rows] for place in range(4)
    )
    dense = np.array(masks, bool).reshape(-1, *size)
    return Fragments(
        CompactMasks.from_dense(dense),
        np.array(labels, np.int32),
        np.array(scores, np.float32),
        np.array(owners, np.int64),
        tiles(size, (side, side), overlap),
        reach,
    )
