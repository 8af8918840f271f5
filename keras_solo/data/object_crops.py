"""Crops of large images that show objects often enough."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

import numpy as np

from keras_solo.data.images import MAX_PIXELS
from keras_solo.data.records import ObjectAnnotation
from keras_solo.geometry.affine import move_points
from keras_solo.geometry.placement import Placement
from keras_solo.geometry.size import Size

# Of crops without an object the part that stays without one.
STAY_EMPTY = 0.5
# Pixels of an image at the scale of its crop: 2 GB.
MOST_ENLARGED = 4 * MAX_PIXELS


def check_pixel_scale(scale: float | None, whole: float) -> None:
    """Refuses what can be no scale, and whole images beside whole images.

    Args:
        scale: Canvas pixels per pixel of the image, or None.
        whole: The probability of whole images all the same.

    Raises:
        ValueError: Says which of them is wrong.
    """
    if scale is not None and not 0 < scale < math.inf:
        raise ValueError(
            "Expected pixel_scale to be None or a number above 0. "
            f"Received: pixel_scale={scale}"
        )
    if scale is None and whole:
        raise ValueError(
            "Expected whole=0 without a pixel_scale, since every image is "
            f"whole then. Received: whole={whole}"
        )


def check_enlarged(enlarged: Size, original: Size) -> None:
    """Refuses an image that no memory holds: crops are cut from all of it.

    Args:
        enlarged: (height, width) of the image at the scale of its crop.
        original: (height, width) of the image.

    Raises:
        ValueError: Says how large it is and would be.
    """
    if enlarged[0] * enlarged[1] > MOST_ENLARGED:
        raise ValueError(
            "Expected a pixel_scale at which every image has at most "
            f"{MOST_ENLARGED:,} pixels. Received: an image of {original[0]} x "
            f"{original[1]}, which becomes {enlarged[0]} x {enlarged[1]} "
            "(height x width)"
        )


def show_object(
    placement: Placement, boxes: np.ndarray, rng: np.random.Generator
) -> Placement:
    """Half of the crops that show no object are moved to one.

    A crop that shows the middle of an object stays where it is, so that in
    crowded images any place is as likely as another. In sparse ones half of
    the crops show an object, and the other half what has none: a network that
    never saw empty tiles finds objects there.

    Args:
        placement: A crop, anywhere.
        boxes: float `(n, 4)` xyxy, original pixels: the objects.
        rng: Where the randomness comes from.

    Returns:
        The placement, or one with another offset: the middle of an object,
        each as likely as another, is anywhere on the canvas, but no more
        padding is in sight than there must be.

    Source: nnU-Net (Isensee et al., arXiv:1904.08128) guarantees foreground
    in a third of its patches; the half is ours.
    """
    if not len(boxes):
        return placement
    canvas = np.array(placement.canvas_size[::-1])
    middles = move_points(placement.matrix, _middles(boxes))
    in_sight = ((middles >= 0) & (middles < canvas)).all(axis=1)
    if in_sight.any() or rng.random() < STAY_EMPTY:
        return placement
    middle = middles[rng.integers(len(middles))]
    wanted = placement.offset + rng.random(2) * canvas - middle
    room = canvas - placement.resized_size[::-1]
    moved = np.clip(
        np.floor(wanted), np.minimum(room, 0), np.maximum(room, 0)
    ).astype(int)
    # Where the whole side is in sight, it stays.
    x, y = np.where(room >= 0, placement.offset, moved).tolist()
    return dataclasses.replace(placement, offset=(x, y))


def most_in_a_crop(images: Iterable[np.ndarray], crop: Size) -> int:
    """How many objects a crop may show, at most or a few more.

    Counted are the middles in any three by three fields of half a crop's
    sides: a crop lies within some of these, with a margin for what it cuts.

    Args:
        images: Of each image float `(n, 4)` xyxy boxes, original pixels.
        crop: (height, width) of a crop, original pixels.

    Example:

    >>> row = np.array([[10.0 * n, 0, 10.0 * n + 4, 4] for n in range(99)])
    >>> most_in_a_crop([row], (100, 100))
    15
    """
    return max((_most_in_fields(boxes, crop) for boxes in images), default=0)


def _most_in_fields(boxes: np.ndarray, crop: Size) -> int:
    if not len(boxes):
        return 0
    middles = _middles(boxes)
    fields = (middles // (np.array(crop[::-1]) / 2.0)).astype(int)
    fields -= fields.min(axis=0)
    counts = np.zeros(fields.max(axis=0) + 5, int)
    np.add.at(counts, tuple(fields.T + 2), 1)
    columns = counts[:-2] + counts[1:-1] + counts[2:]
    return int((columns[:, :-2] + columns[:, 1:-1] + columns[:, 2:]).max())


def _middles(boxes: np.ndarray) -> np.ndarray:
    """`(n, 2)` x, y."""
    middles: np.ndarray = (boxes[:, :2] + boxes[:, 2:]) / 2.0
    return middles


def object_boxes(items: Iterable[ObjectAnnotation]) -> np.ndarray:
    """float64 `(n, 4)` xyxy, original pixels."""
    return np.array([item.bbox for item in items], np.float64).reshape(-1, 4)
