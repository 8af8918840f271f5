"""Masks, run lengths, polygons, boxes: each made of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, TypedDict

import cv2
import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco_mask

from keras_solo.geometry.column_runs import Runs, mask_runs, runs_extent
from keras_solo.geometry.size import Size

Counts: TypeAlias = str | bytes | Sequence[int]
"""Lengths of the runs outside, inside, outside, ... of a mask, down its
columns; as numbers or as COCO's compressed text."""


class RunLengths(TypedDict):
    """A mask as run lengths, as COCO has them."""

    size: Sequence[int]
    counts: Counts


Box: TypeAlias = tuple[float, float, float, float]
"""xyxy, x2 and y2 exclusive."""

Polygons: TypeAlias = Sequence[npt.ArrayLike]
"""Parts of one object, each a flat `[x0, y0, x1, y1, ...]`."""

Segmentation: TypeAlias = RunLengths | Polygons
"""Where an object is, in pixels of its image."""

# How far outside its image a polygon may reach, in sides of the image.
# Pycocotools draws along every pixel of an edge, and overflows.
FARTHEST = 20


# === Polygons and run lengths to masks ===


def polygon_box(polygon: np.ndarray) -> Box:
    """xyxy extent of a flat float array `[x0, y0, x1, y1, ...]`."""
    x, y = polygon[0::2], polygon[1::2]
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def is_near(box: Box, size: Size) -> bool:
    """Whether a polygon is near enough its image to be drawn, and finite.

    Args:
        box: The polygon's extent.
        size: (height, width) of the image in pixels.

    Returns:
        False farther than 20 image sides outside the image.
    """
    (x1, y1, x2, y2), (height, width) = box, size
    # NaN is near nothing.
    across = -FARTHEST * width <= x1 and x2 <= (FARTHEST + 1) * width
    return across and -FARTHEST * height <= y1 and y2 <= (FARTHEST + 1) * height


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
        ValueError: If there is no polygon, or if one has fewer than three
            points, is not finite, or reaches farther than 20 image sides
            outside the image, which crashes pycocotools.

    Example:

    >>> to_rle([[0, 0, 2, 0, 2, 2, 0, 2]], (2, 2))["counts"]
    b'04'
    """
    if isinstance(segmentation, dict):
        if isinstance(segmentation["counts"], str | bytes):
            return segmentation
        return coco_mask.frPyObjects(segmentation, *size)
    return draw_polygons(near_polygons(segmentation, size), size)


def near_polygons(polygons: Polygons, size: Size) -> list[np.ndarray]:
    """Polygons as arrays that can be drawn.

    Args:
        polygons: Parts of one object.
        size: (height, width) of their image in pixels.

    Returns:
        Flat float64 arrays.

    Raises:
        ValueError: If there is none, or if one of them has fewer than three
            points, is not finite or too far away.
    """
    parts = [np.asarray(part, np.float64).ravel() for part in polygons]
    if not parts or any(part.size < 6 or part.size % 2 for part in parts):
        raise ValueError(
            "Expected polygons [x0, y0, x1, y1, ...] of three points or more. "
            f"Received: polygons of {[part.size for part in parts]} numbers"
        )
    for number, part in enumerate(parts):
        if not is_near(polygon_box(part), size):
            raise ValueError(
                f"Expected polygons within {FARTHEST} image sides of the "
                f"image of {size[0]} x {size[1]} pixels (height x width). "
                f"Received: polygon {number} from {part.min():g} to "
                f"{part.max():g}"
            )
    return parts


def draw_polygons(polygons: list[np.ndarray], size: Size) -> RunLengths:
    """Compressed run lengths of what `near_polygons` returned."""
    drawn = coco_mask.frPyObjects(polygons, *size)
    return drawn[0] if len(drawn) == 1 else coco_mask.merge(drawn)


def decode_rle(rle: RunLengths) -> np.ndarray:
    """uint8 `(height, width)` of 0 and 1 of compressed run lengths."""
    return coco_mask.decode(rle)


def rasterize(segmentation: Segmentation, size: Size) -> np.ndarray:
    """A segmentation as a mask.

    Args:
        segmentation: Polygons or run lengths.
        size: (height, width) of the mask in pixels.

    Returns:
        uint8 array `(height, width)` of 0 and 1.

    Raises:
        ValueError: As `to_rle`, or if run lengths are of another size.

    Example:

    >>> rasterize([[1, 0, 3, 0, 3, 2, 1, 2]], (2, 4)).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    mask = decode_rle(to_rle(segmentation, size))
    if mask.shape != tuple(size):
        raise ValueError(
            f"Expected run lengths of size {tuple(size)}. "
            f"Received: {mask.shape}"
        )
    return mask


def segmentation_area(segmentation: Segmentation, size: Size) -> float:
    """The number of pixels that `rasterize` would set."""
    return float(coco_mask.area(to_rle(segmentation, size)))


def segmentation_box(segmentation: Segmentation, size: Size) -> Box:
    """The tight box of the pixels that `rasterize` would set, or zeros."""
    counts = to_rle(segmentation, size)["counts"]
    return rle_box(np.array(rle_counts(counts), np.int64), size[0])


# === Run lengths ===


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


def encode_runs(runs: Runs, size: Size) -> RunLengths:
    """Runs of a mask as compressed run lengths that JSON can hold.

    Args:
        runs: uint32, lengths of the runs outside, inside, outside, ..., down
            the columns. They must add up to the pixels of the mask.
        size: (height, width) of the mask in pixels.

    Returns:
        `{"size": [h, w], "counts": str}`.

    Example:

    >>> encode_runs(np.array([0, 6], np.uint32), (2, 3))
    {'size': [2, 3], 'counts': '06'}
    """
    height, width = (int(side) for side in size)
    raw = {"size": [height, width], "counts": runs}
    counts = coco_mask.frPyObjects(raw, height, width)["counts"]
    return {"size": [height, width], "counts": counts.decode("ascii")}


def rle_counts(counts: Counts) -> list[int]:
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


def rle_box(runs: np.ndarray, height: int) -> Box:
    """Tight box of run lengths, without a mask.

    Args:
        runs: `(n,)` integers, as of `rle_counts`.
        height: Pixels in a column.

    Returns:
        xyxy in pixels, x2 and y2 exclusive; zeros for an empty mask.

    Example:

    >>> rle_box(np.array([3, 1, 2]), height=2)
    (1.0, 1.0, 2.0, 2.0)
    """
    x1, y1, x2, y2 = runs_extent(runs, height)
    return float(x1), float(y1), float(x2), float(y2)


# === Masks to polygons ===


def mask_to_polygons(
    mask: np.ndarray, tolerance: float = 0.0
) -> list[np.ndarray]:
    """The outer outlines of a mask, part by part, along the edges of pixels.

    Args:
        mask: `(height, width)` bool.
        tolerance: How far a simplified outline may be from the exact one, in
            pixels. `0` is exact.

    Returns:
        float32 arrays `(points, 2)`, x and y. Holes are filled.

    Example:

    >>> mask_to_polygons(np.eye(1, dtype=bool))[0].tolist()
    [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]
    """
    # OpenCV traces the centres of border pixels. At double size, the centres
    # on both sides of a pixel's edge round to that edge: exact outlines.
    doubled = mask.repeat(2, axis=0).repeat(2, axis=1).astype(np.uint8)
    contours, _ = cv2.findContours(
        doubled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    polygons = []
    for contour in contours:
        points = _corners((contour[:, 0] + 1) // 2)
        if tolerance:
            simple = cv2.approxPolyDP(
                points.astype(np.float32), tolerance, True
            )[:, 0]
            # Two points have no area; a small part keeps its outline.
            points = simple if len(simple) > 2 else points
        polygons.append(points.astype(np.float32))
    return polygons


def _corners(points: np.ndarray) -> np.ndarray:
    """Drops repeated points and those on a straight line."""
    points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
    come = points - np.roll(points, 1, axis=0)
    go = np.roll(points, -1, axis=0) - points
    return points[come[:, 0] * go[:, 1] != come[:, 1] * go[:, 0]]
