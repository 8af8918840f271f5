"""Polygons: what can be drawn of them, drawn, and masks to polygons again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco_mask

from keras_solo.data.outlines import mask_outlines
from keras_solo.data.run_lengths import RunLengths
from keras_solo.geometry.size import Size

Box: TypeAlias = tuple[float, float, float, float]
"""xyxy, x2 and y2 exclusive."""

Polygons: TypeAlias = Sequence[npt.ArrayLike]
"""Parts of one object, each a flat `[x0, y0, x1, y1, ...]`."""

# Pycocotools keeps five points for every pixel of an outline, and counts them
# in 32 bits. How far outside its image a polygon may reach: in sides of the
# image, and in pixels.
FARTHEST = 20
FARTHEST_PIXELS = 1_000_000
# How long the outlines of an object may be, together: in pixels, and in sides
# of the image. A mask of every other pixel has 550 sides at 480 x 640.
LONGEST_PIXELS = 1_000_000
LONGEST_SIDES = 2_000


class CannotDraw(ValueError):
    """Why polygons are not drawn."""


def polygon_box(polygon: np.ndarray) -> Box:
    """xyxy extent of a flat float array `[x0, y0, x1, y1, ...]`."""
    points = polygon.reshape(-1, 2)
    (x1, y1), (x2, y2) = points.min(axis=0), points.max(axis=0)
    return float(x1), float(y1), float(x2), float(y2)


def is_near(box: Box, size: Size) -> bool:
    """Whether a polygon is near enough its image to be drawn, and finite.

    Args:
        box: The polygon's extent.
        size: (height, width) of the image in pixels.

    Returns:
        False farther than 20 image sides, or a million pixels, outside the
        image.
    """
    (x1, y1, x2, y2), (height, width) = box, size
    across = min(FARTHEST * width, FARTHEST_PIXELS)
    down = min(FARTHEST * height, FARTHEST_PIXELS)
    # NaN is near nothing.
    inside = -across <= x1 and x2 <= width + across
    return inside and -down <= y1 and y2 <= height + down


def check_outlines(polygons: Iterable[np.ndarray], size: Size) -> None:
    """Refuses what pycocotools must not see: it crashes, or takes gigabytes.

    Args:
        polygons: Parts of one object, flat float64 arrays of three points or
            more.
        size: (height, width) of their image in pixels.

    Raises:
        CannotDraw: If one is not finite, or farther than 20 image sides or a
            million pixels outside the image; or if the outlines together are
            longer than 2000 times height and width, or a million pixels.
    """
    parts = list(polygons)
    most = 0.0
    for number, part in enumerate(parts):
        box = polygon_box(part)
        if not is_near(box, size):
            raise CannotDraw(_not_near(number, part, size))
        # No step is longer than the extent: which spares most of the work.
        most += len(part) / 2 * max(box[2] - box[0], box[3] - box[1])
    longest = min(LONGEST_SIDES * sum(size), LONGEST_PIXELS)
    if most <= longest:
        return
    length = sum(map(_outline_length, parts))
    if length > longest:
        raise CannotDraw(
            f"its outlines are {length:.0f} pixels long, in an image of "
            f"{size[0]} x {size[1]} pixels (height x width); expected at most "
            f"{longest}"
        )


def _not_near(number: int, part: np.ndarray, size: Size) -> str:
    if not np.isfinite(part).all():
        return f"polygon {number} has NaN or infinite coordinates"
    return (
        f"polygon {number}, from {part.min():g} to {part.max():g}, is farther "
        f"than {FARTHEST} image sides or {FARTHEST_PIXELS} pixels outside the "
        f"image of {size[0]} x {size[1]} pixels (height x width)"
    )


def _outline_length(part: np.ndarray) -> float:
    """In steps to one of eight neighbours."""
    points = part.reshape(-1, 2)
    steps = np.abs(points - np.roll(points, 1, axis=0)).max(axis=1)
    return float(steps.sum())


def near_polygons(polygons: Polygons, size: Size) -> list[np.ndarray]:
    """Polygons as arrays that can be drawn.

    Args:
        polygons: Parts of one object.
        size: (height, width) of their image in pixels.

    Returns:
        Flat float64 arrays.

    Raises:
        ValueError: If there is none, or if one of them has fewer than three
            points; or as `check_outlines`.
    """
    parts = [np.asarray(part, np.float64).ravel() for part in polygons]
    if not parts or any(part.size < 6 or part.size % 2 for part in parts):
        raise ValueError(
            "Expected polygons [x0, y0, x1, y1, ...] of three points or more. "
            f"Received: polygons of {[part.size for part in parts]} numbers"
        )
    check_outlines(parts, size)
    return parts


def draw_polygons(polygons: list[np.ndarray], size: Size) -> RunLengths:
    """Compressed run lengths of what `near_polygons` returned."""
    drawn = coco_mask.frPyObjects(polygons, *size)
    return drawn[0] if len(drawn) == 1 else coco_mask.merge(drawn)


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
    polygons = []
    for part in mask_outlines(mask):
        points = part.outer
        if tolerance:
            simple = cv2.approxPolyDP(
                points.astype(np.float32), tolerance, True
            )[:, 0]
            # Two points have no area; a small part keeps its outline.
            points = simple if len(simple) > 2 else points
        polygons.append(points.astype(np.float32))
    return polygons
