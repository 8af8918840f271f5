"""Objects drawn on the canvas, and what the mask grid keeps of them."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import cv2
import numpy as np

from keras_solo.data.masks import Segmentation, decode_rle, rasterize
from keras_solo.data.polygons import (
    Polygons,
    draw_polygons,
    is_near,
    near_polygons,
)
from keras_solo.geometry import MASK_STRIDE
from keras_solo.geometry.extent import extent
from keras_solo.geometry.placement import Placement
from keras_solo.geometry.size import round_up


class CanvasMask(NamedTuple):
    """An object's pixels, in their own part of the canvas.

    The part covers whole blocks of the mask grid: its sides and its corner
    are multiples of its stride. An object without a pixel on the canvas may
    have a part without one.

    Args:
        columns: uint8 `(width, height)` of 0 and 1: column by column, as
            pycocotools draws.
        corner: (x, y) of its top left pixel on the canvas.
    """

    columns: np.ndarray
    corner: tuple[int, int] = (0, 0)

    def center(self) -> np.ndarray | None:
        """The centre of mass, as in `mask_centers`; `None` without a pixel."""
        x, y = self.corner
        center = _center(self.columns, y, x)
        return None if center is None else center[::-1]

    def shrink_into(
        self,
        grid: np.ndarray,
        rule: str = "binary",
        stride: int = MASK_STRIDE,
    ) -> None:
        """Writes what `shrink_masks` keeps of the object.

        Args:
            grid: `(H / stride, W / stride)`, a mask grid without an object.
            rule: Of `shrink_masks`.
            stride: Of the mask grid, canvas pixels: 4 or 2.
        """
        (x, y), (width, height) = self.corner, self.columns.shape
        grid[
            y // stride : (y + height) // stride,
            x // stride : (x + width) // stride,
        ] = shrink_masks(self.columns, rule, stride).T


NO_PIXELS = CanvasMask(np.zeros((0, 0), np.uint8))


def place_mask(placement: Placement, segmentation: Segmentation) -> CanvasMask:
    """Draws an object on the canvas.

    Polygons are moved vertex by vertex and drawn on the canvas itself.
    (The reference draws them at the original size and resizes that mask to
    the nearest pixel, see `place_mask_like_reference`.) Run lengths have
    pixels only: they are resized to the pixel whose centre is nearest.

    Args:
        placement: Where.
        segmentation: Polygons or run lengths, original pixels.

    Returns:
        The object's part of the canvas, nothing outside the image.
    """
    if isinstance(segmentation, dict):
        return _place_pixels(placement, segmentation, cv2.INTER_NEAREST_EXACT)
    scale, shift = placement.to_window
    polygons = [
        np.reshape(part, (-1, 2)) * scale + shift for part in segmentation
    ]
    if not any(map(len, polygons)):
        # It says what was expected.
        near_polygons(segmentation, placement.original_size)
    points = polygons[0] if len(polygons) == 1 else np.concatenate(polygons)
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    _check_reach(placement, segmentation, low, high)
    # Drawn in its own part of the window: the canvas may be large.
    x1, y1, x2, y2 = placement.window
    left, right = whole_pixels(low[0], high[0], x2 - x1)
    top, bottom = whole_pixels(low[1], high[1], y2 - y1)
    if left >= right or top >= bottom:
        return NO_PIXELS
    part = [(polygon - (left, top)).ravel() for polygon in polygons]
    rle = draw_polygons(part, (bottom - top, right - left))
    return whole_blocks(decode_rle(rle).T, left + x1, top + y1)


def whole_pixels(low: float, high: float, room: int) -> tuple[int, int]:
    """The whole pixels around a stretch, and one more, from 0 to `room`."""
    first, end = math.floor(low), math.ceil(high) + 1
    return min(max(first, 0), room), min(max(end, 0), room)


def _check_reach(
    placement: Placement,
    polygons: Polygons,
    low: list[float],
    high: list[float],
) -> None:
    """Raises what `near_polygons` raises, told by the extent in the window."""
    x, y = placement.offset
    x, y = min(x, 0), min(y, 0)
    (x1, y1), (x2, y2) = low, high
    box = (x1 - x, y1 - y, x2 - x, y2 - y)
    if not is_near(box, placement.resized_size):
        near_polygons(polygons, placement.original_size)


def whole_blocks(columns: np.ndarray, x: int, y: int) -> CanvasMask:
    """A part of the canvas, grown to whole blocks of the mask grid."""
    left, top = x % MASK_STRIDE, y % MASK_STRIDE
    width, height = columns.shape
    blocks = np.zeros(
        (
            round_up(left + width, MASK_STRIDE),
            round_up(top + height, MASK_STRIDE),
        ),
        np.uint8,
    )
    blocks[left : left + width, top : top + height] = columns
    return CanvasMask(blocks, (x - left, y - top))


def place_mask_like_reference(
    placement: Placement, segmentation: Segmentation
) -> CanvasMask:
    """Draws an object on the canvas by way of a mask at the original size.

    Args:
        placement: Where.
        segmentation: Polygons or run lengths, original pixels.

    Returns:
        The object's part of the canvas.

    Source: `BitmapMasks.rescale` in MMDetection, with OpenCV's nearest
    neighbour, which takes the pixel left of or above the nearest one where
    masks shrink.
    """
    return _place_pixels(placement, segmentation, cv2.INTER_NEAREST)


def _place_pixels(
    placement: Placement, segmentation: Segmentation, interpolation: int
) -> CanvasMask:
    """Takes from a mask at the original size the pixels that are needed."""
    columns = rasterize(segmentation, placement.original_size).T
    y1, x1, y2, x2 = extent(columns)
    window_x, window_y, _, _ = placement.window
    from_x, from_y = placement.sources(interpolation)
    x, from_x = _within(from_x, x1, x2)
    y, from_y = _within(from_y, y1, y2)
    if not len(from_x) or not len(from_y):
        return NO_PIXELS
    # Rows of the array first: whole ones are copied.
    columns = columns[from_x][:, from_y]
    return whole_blocks(columns, window_x + x, window_y + y)


def _within(sources: np.ndarray, low: int, high: int) -> tuple[int, np.ndarray]:
    """The run of `sources` that lies from `low` to below `high`."""
    inside = np.flatnonzero((low <= sources) & (sources < high))
    first = int(inside[0]) if len(inside) else 0
    return first, sources[inside]


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
    centers = np.zeros((len(masks), 2), np.float32)
    for mask, center in zip(masks, centers, strict=True):
        x1, y1, x2, y2 = extent(mask)
        part = np.asarray(mask[y1:y2, x1:x2], bool).view(np.uint8)
        found = _center(part, x1, y1)
        if found is not None:
            center[:] = found
    return centers


def _center(part: np.ndarray, x: int, y: int) -> np.ndarray | None:
    """float32 (x, y) of uint8 `(h, w)` of 0 and 1 at (x, y), if any is 1."""
    if not part.size:
        return None
    # Ten times as fast as NumPy's sums of uint8.
    across, down = (
        cv2.reduce(part, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
        for axis in (0, 1)
    )
    pixels = int(across.sum())
    if not pixels:
        return None
    # Whole numbers in 64 bits, so that only the division rounds.
    right = int(across @ np.arange(len(across), dtype=np.int64)) + x * pixels
    below = int(down @ np.arange(len(down), dtype=np.int64)) + y * pixels
    return np.array([right, below], np.float32) / np.float32(pixels)
