"""Objects drawn on the canvas, and what the mask grid keeps of them."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from keras_solo.data.masks import (
    Polygons,
    Segmentation,
    decode_rle,
    draw_polygons,
    is_near,
    near_polygons,
    rasterize,
)
from keras_solo.geometry.extent import extent
from keras_solo.geometry.placement import Placement, paste


def place_mask(placement: Placement, segmentation: Segmentation) -> np.ndarray:
    """Draws an object on the canvas.

    Polygons are moved vertex by vertex and drawn on the canvas itself.
    (The reference draws them at the original size and resizes that mask to
    the nearest pixel, see `place_mask_like_reference`.) Run lengths have
    pixels only: they are resized to the pixel whose centre is nearest.

    Args:
        placement: Where.
        segmentation: Polygons or run lengths, original pixels.

    Returns:
        uint8 array `(H, W)` of 0 and 1, nothing outside the image.
    """
    if isinstance(segmentation, dict):
        return _place_pixels(placement, segmentation, cv2.INTER_NEAREST_EXACT)
    canvas = np.zeros(placement.canvas_size, np.uint8)
    x1, y1, x2, y2 = placement.window
    matrix = placement.matrix
    scale, shift = np.diag(matrix), matrix[:, 2] - (x1, y1)
    polygons = [
        np.reshape(part, (-1, 2)) * scale + shift for part in segmentation
    ]
    if not any(map(len, polygons)):
        # It says what was expected.
        near_polygons(segmentation, placement.original_size)
    points = np.concatenate(polygons)
    low, high = points.min(axis=0), points.max(axis=0)
    _check_reach(placement, segmentation, low, high)
    # Drawn in its own part of the window: the canvas may be large.
    room = np.array([x2 - x1, y2 - y1])
    low = np.clip(np.floor(low), 0, room).astype(int)
    high = np.clip(np.ceil(high) + 1, 0, room).astype(int)
    width, height = (high - low).tolist()
    if width > 0 and height > 0:
        part = [(polygon - low).ravel() for polygon in polygons]
        x, y = low + (x1, y1)
        rle = draw_polygons(part, (height, width))
        canvas[y : y + height, x : x + width] = decode_rle(rle)
    return canvas


def _check_reach(
    placement: Placement,
    polygons: Polygons,
    low: np.ndarray,
    high: np.ndarray,
) -> None:
    """Raises what `near_polygons` raises, told by the extent in the window."""
    x, y = placement.offset
    x, y = min(x, 0), min(y, 0)
    (x1, y1), (x2, y2) = low.tolist(), high.tolist()
    box = (x1 - x, y1 - y, x2 - x, y2 - y)
    if not is_near(box, placement.resized_size):
        near_polygons(polygons, placement.original_size)


def place_mask_like_reference(
    placement: Placement, segmentation: Segmentation
) -> np.ndarray:
    """Draws an object on the canvas by way of a mask at the original size.

    Args:
        placement: Where.
        segmentation: Polygons or run lengths, original pixels.

    Returns:
        uint8 array `(H, W)` of 0 and 1.

    Source: `BitmapMasks.rescale` in MMDetection, with OpenCV's nearest
    neighbour, which takes the pixel left of or above the nearest one where
    masks shrink.
    """
    return _place_pixels(placement, segmentation, cv2.INTER_NEAREST)


def _place_pixels(
    placement: Placement, segmentation: Segmentation, interpolation: int
) -> np.ndarray:
    mask = rasterize(segmentation, placement.original_size)
    height, width = placement.resized_size
    if (height, width) != tuple(placement.original_size):
        mask = cv2.resize(mask, (width, height), interpolation=interpolation)
    return paste(placement, mask, np.zeros(placement.canvas_size, np.uint8))


def shrink_masks(
    masks: np.ndarray, rule: str = "binary", stride: int = 4
) -> np.ndarray:
    """Canvas masks to the mask grid.

    - `"binary"`: the reference's rule, a bilinear resize of the uint8 mask:
      a cell is set where at least 2 of the central 2 x 2 pixels of its
      `stride` x `stride` block are.
    - `"soft"`: the area average, the part of the block that is set. It keeps
      what binary cells lose of small and thin objects.

    Args:
        masks: `(..., H, W)` bool or uint8 of 0 and 1, canvas pixels. The
            sides are multiples of `stride`.
        rule: `"binary"` or `"soft"`.
        stride: Canvas pixels per cell of the mask grid, an even number.

    Returns:
        `(..., H / stride, W / stride)`: uint8 for `"binary"`, float16 in
        [0, 1] for `"soft"`.

    Example:

    >>> mask = np.zeros((4, 4), np.uint8)
    >>> mask[:, 2:] = 1
    >>> shrink_masks(mask).tolist(), shrink_masks(mask, "soft").tolist()
    ([[1]], [[0.5]])

    Source: `_get_targets_single` in MMDetection's `solov2_head.py`, which
    calls `mmcv.imrescale(mask, 1 / 4)`.
    """
    if rule not in ("binary", "soft"):
        raise ValueError(
            f'Expected rule to be "binary" or "soft". Received: {rule!r}'
        )
    height, width = masks.shape[-2:]
    if stride < 2 or stride % 2 or height % stride or width % stride:
        raise ValueError(
            "Expected an even stride and mask sides that are multiples of "
            f"it. Received: stride={stride}, shape {masks.shape}"
        )
    middle = range(stride // 2 - 1, stride // 2 + 1)
    pixels = middle if rule == "binary" else range(stride)
    masks = masks.astype(np.uint8 if stride < 16 else np.uint32, copy=False)
    # Sums of slices are ten times as fast as `reshape` and `sum`.
    rows = functools.reduce(np.add, [masks[..., i::stride, :] for i in pixels])
    total = functools.reduce(np.add, [rows[..., i::stride] for i in pixels])
    if rule == "binary":
        return np.asarray(total >= 2, np.uint8)
    return np.asarray(total / np.float32(stride * stride), np.float16)


def mask_centers(masks: np.ndarray) -> np.ndarray:
    """Centres of mass at pixel indices (without the half pixel).

    Args:
        masks: `(n, H, W)` bool or uint8 of 0 and 1.

    Returns:
        float32 array `(n, 2)` of (x, y); zeros for an empty mask.

    Example:

    >>> mask_centers(np.ones((1, 2, 4), np.uint8)).tolist()
    [[1.5, 0.5]]

    Source: `center_of_mass` in MMDetection's `models/utils/misc.py`, which
    divides float32 numbers.
    """
    moments = np.zeros((len(masks), 3), np.int64)
    for mask, moment in zip(masks, moments, strict=True):
        x1, y1, x2, y2 = extent(mask)
        part = mask[y1:y2, x1:x2] != 0
        columns, rows = part.sum(axis=0), part.sum(axis=1)
        moment[0] = columns @ np.arange(x1, x2)
        moment[1] = rows @ np.arange(y1, y2)
        moment[2] = max(1, columns.sum())
    numbers = moments.astype(np.float32)
    return numbers[:, :2] / numbers[:, 2:]
