"""Polygons and run lengths to masks, and masks to what training needs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from keras_solo.geometry.size import Size

Polygons = Sequence[Any]
Segmentation = Any
"""Polygons (a sequence of flat `[x0, y0, x1, y1, ...]`, original pixels), or
run lengths (`{"size": [h, w], "counts": ...}`, compressed or not)."""


# === To masks ===


def is_rle(segmentation: Segmentation) -> bool:
    """Whether a segmentation is run lengths, and not polygons."""
    return isinstance(segmentation, dict)


def to_rle(segmentation: Segmentation, size: Size) -> dict[str, Any]:
    """Polygons or run lengths to compressed run lengths (pycocotools).

    Several polygons are parts of one object. What lies outside the image is
    cut off.

    Args:
        segmentation: Polygons or run lengths.
        size: (height, width) of the mask in pixels.

    Returns:
        `{"size": [h, w], "counts": bytes}`.
    """
    height, width = size
    if is_rle(segmentation):
        if isinstance(segmentation["counts"], str | bytes):
            return segmentation
        return coco_mask.frPyObjects(segmentation, height, width)
    polygons = [np.asarray(part, np.float64) for part in segmentation]
    return coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))


def rasterize(segmentation: Segmentation, size: Size) -> np.ndarray:
    """A segmentation as a mask.

    Args:
        segmentation: Polygons or run lengths.
        size: (height, width) of the mask in pixels.

    Returns:
        uint8 array `(height, width)` of 0 and 1.

    Example:

    >>> rasterize([[1, 0, 3, 0, 3, 2, 1, 2]], (2, 4)).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    mask = coco_mask.decode(to_rle(segmentation, size))
    if mask.shape != tuple(size):
        raise ValueError(
            f"Expected run lengths of size {tuple(size)}. "
            f"Received: {mask.shape}"
        )
    return mask


def mask_area(segmentation: Segmentation, size: Size) -> float:
    """The number of pixels that a segmentation covers.

    Args:
        segmentation: Polygons or run lengths.
        size: (height, width) of the mask in pixels.
    """
    return float(coco_mask.area(to_rle(segmentation, size)))


def encode_mask(mask: np.ndarray) -> dict[str, Any]:
    """A mask as compressed run lengths that JSON can hold.

    Args:
        mask: `(height, width)` bool or integers, nonzero inside.

    Returns:
        `{"size": [h, w], "counts": str}`.
    """
    rle = coco_mask.encode(np.asfortranarray(mask != 0, np.uint8))
    return {
        "size": [int(side) for side in rle["size"]],
        "counts": rle["counts"].decode("ascii"),
    }


def rle_counts(counts: str | bytes | Sequence[int]) -> list[int]:
    """The run lengths in `counts`, compressed or not.

    Pycocotools reads beyond the end of run lengths that do not add up to the
    size of the mask, so they are checked before it sees them.

    Args:
        counts: What stands under "counts" in a COCO segmentation.

    Returns:
        The lengths of the runs: outside, inside, outside, ...

    Raises:
        ValueError: If a compressed string ends within a number.

    Example:

    >>> rle_counts(encode_mask(np.eye(2))["counts"])
    [0, 1, 2, 1]
    """
    if not isinstance(counts, str | bytes):
        return [int(count) for count in counts]
    data = counts.encode() if isinstance(counts, str) else counts
    runs: list[int] = []
    value = shift = 0
    for char in data:
        bits = char - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("Compressed run lengths end within a number.")
    return runs


# === From masks ===


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
    moments = np.zeros((len(_checked_masks(masks)), 3), np.int64)
    for mask, moment in zip(masks, moments, strict=True):
        x1, y1, x2, y2 = extent(mask)
        part = mask[y1:y2, x1:x2] != 0
        columns, rows = part.sum(axis=0), part.sum(axis=1)
        moment[0] = columns @ np.arange(x1, x2)
        moment[1] = rows @ np.arange(y1, y2)
        moment[2] = max(1, columns.sum())
    numbers = moments.astype(np.float32)
    return numbers[:, :2] / numbers[:, 2:]


def mask_boxes(masks: np.ndarray) -> np.ndarray:
    """Tight boxes.

    Args:
        masks: `(n, H, W)` bool or uint8, nonzero inside.

    Returns:
        float32 array `(n, 4)`, xyxy with x2 and y2 exclusive; zeros for an
        empty mask.

    Example:

    >>> mask_boxes(np.ones((1, 2, 4), np.uint8)).tolist()
    [[0.0, 0.0, 4.0, 2.0]]
    """
    boxes = [extent(mask) for mask in _checked_masks(masks)]
    return np.array(boxes, np.float32).reshape(-1, 4)


def extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Tight box of one `(H, W)` mask: xyxy, x2 and y2 exclusive."""
    pixels = np.ascontiguousarray(mask != 0).view(np.uint8)
    x, y, width, height = cv2.boundingRect(pixels)
    if not width:
        return 0, 0, 0, 0
    return x, y, x + width, y + height


def _checked_masks(masks: np.ndarray) -> np.ndarray:
    if masks.ndim != 3:
        raise ValueError(
            "Expected masks of shape (n, height, width). "
            f"Received: shape {masks.shape}"
        )
    return masks
