"""Segmentations, polygons or run lengths, to masks; and masks to these."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from pycocotools import mask as coco_mask

from keras_solo.data.polygons import (
    Box,
    Polygons,
    draw_polygons,
    near_polygons,
)
from keras_solo.data.run_lengths import (
    RunLengths,
    encode_runs,
    fitting_counts,
    rle_box,
    rle_counts,
)
from keras_solo.geometry.column_runs import mask_runs
from keras_solo.geometry.size import Size

Segmentation: TypeAlias = RunLengths | Polygons
"""Where an object is, in pixels of its image."""


def to_rle(segmentation: Segmentation, size: Size) -> RunLengths:
    """Polygons or run lengths to compressed run lengths (pycocotools).

    Several polygons are parts of one object. What lies outside the image is
    cut off.

    Args:
        segmentation: Polygons or run lengths.
        size: (height, width) of the mask in pixels.

    Returns:
        `{"size": [h, w], "counts": bytes}`; compressed run lengths as they
        are, bytes or text.

    Raises:
        ValueError: If there is no polygon, or if one cannot be drawn, see
            `polygons.near_polygons`; or if run lengths cannot be read, or do
            not add up to the pixels of the mask.

    Example:

    >>> to_rle([[0, 0, 2, 0, 2, 2, 0, 2]], (2, 2))["counts"]
    b'04'
    """
    if not isinstance(segmentation, dict):
        return draw_polygons(near_polygons(segmentation, size), size)
    if tuple(segmentation["size"]) != tuple(size):
        raise ValueError(
            f"Expected run lengths of size {tuple(size)}. "
            f"Received: {segmentation['size']}"
        )
    fitting_counts(segmentation["counts"], size)
    return compressed(segmentation)


def compressed(rle: RunLengths) -> RunLengths:
    """Compressed run lengths of some that were checked."""
    if isinstance(rle["counts"], str | bytes):
        return rle
    return coco_mask.frPyObjects(rle, *rle["size"])


def decode_rle(rle: RunLengths) -> np.ndarray:
    """uint8 `(height, width)` of 0 and 1 of compressed run lengths."""
    return coco_mask.decode(rle)


def rle_area(rle: RunLengths) -> int:
    """The pixels that compressed run lengths set."""
    return int(coco_mask.area(rle))


def rasterize(segmentation: Segmentation, size: Size) -> np.ndarray:
    """A segmentation as a mask.

    Args:
        segmentation: Polygons or run lengths.
        size: (height, width) of the mask in pixels.

    Returns:
        uint8 array `(height, width)` of 0 and 1.

    Raises:
        ValueError: As `to_rle`.

    Example:

    >>> rasterize([[1, 0, 3, 0, 3, 2, 1, 2]], (2, 4)).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    return decode_rle(to_rle(segmentation, size))


def segmentation_area(segmentation: Segmentation, size: Size) -> float:
    """The number of pixels that `rasterize` would set."""
    return float(rle_area(to_rle(segmentation, size)))


def segmentation_box(segmentation: Segmentation, size: Size) -> Box:
    """The tight box of the pixels that `rasterize` would set, or zeros."""
    return rle_box(rle_counts(to_rle(segmentation, size)["counts"]), size[0])


def encode_mask(mask: np.ndarray) -> RunLengths:
    """A mask as compressed run lengths that JSON can hold.

    Args:
        mask: `(height, width)` bool or integers, nonzero inside.

    Returns:
        `{"size": [h, w], "counts": str}`.

    Example:

    >>> encode_mask(np.ones((2, 3), bool))
    {'size': [2, 3], 'counts': '06'}
    """
    inside = np.asarray(mask) != 0
    return encode_runs(mask_runs(inside), (inside.shape[0], inside.shape[1]))
