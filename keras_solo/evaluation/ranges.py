"""Over which detections and sizes average precision is taken."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import NamedTuple

# COCO's bounds: 32 x 32 and 96 x 96 pixels.
SMALL, LARGE, LARGEST = 32.0**2, 96.0**2, 1e10
MOST_DETECTIONS = 100
THIRDS = ("third1", "third2", "third3")


class Ranges(NamedTuple):
    """What evaluators take average precision over.

    Args:
        detections: With so many detections an image, ascending; the last
            counts for everything but recall.
        areas: The least and the largest area in pixels of each range of
            sizes, both included. The first is all.
        area_names: What the ranges are called.
    """

    detections: tuple[int, ...]
    areas: tuple[tuple[float, float], ...]
    area_names: tuple[str, ...]

    def with_areas(
        self, names: Sequence[str], areas: Sequence[tuple[float, float]]
    ) -> Ranges:
        """These, and more ranges of sizes."""
        return self._replace(
            areas=(*self.areas, *areas),
            area_names=(*self.area_names, *names),
        )


def coco_ranges(max_detections: int = MOST_DETECTIONS) -> Ranges:
    """COCO's ranges, with another bound of detections.

    Args:
        max_detections: The best so many detections of a class in an image
            count; 100 is COCO's rule.

    Raises:
        ValueError: If it is no whole number of at least 1.

    Example:

    >>> coco_ranges(1000).detections, coco_ranges(5).detections
    ((1, 10, 1000), (1, 5))
    """
    whole = isinstance(max_detections, numbers.Integral)
    if not whole or isinstance(max_detections, bool) or max_detections < 1:
        raise ValueError(
            "Expected max_detections to be a whole number of at least 1. "
            f"Received: max_detections={max_detections!r}"
        )
    most = int(max_detections)
    return Ranges(
        detections=(*(count for count in (1, 10) if count < most), most),
        areas=(
            (0.0, LARGEST),
            (0.0, SMALL),
            (SMALL, LARGE),
            (LARGE, LARGEST),
        ),
        area_names=("all", "small", "medium", "large"),
    )


COCO_RANGES = coco_ranges()


def third_bounds(areas: Sequence[float]) -> tuple[float, float]:
    """Where the smallest third of objects ends, and where the largest begins.

    Args:
        areas: The area of each object in pixels.

    Returns:
        The largest area of the first third and of the second third; NaN where
        there is no object.

    Example:

    >>> third_bounds([5, 1, 2, 9, 8, 4])
    (2.0, 5.0)
    """
    ordered = sorted(areas)
    count = len(ordered)
    if not count:
        return math.nan, math.nan
    # Of one or two objects the first third is the smallest one.
    first, second = (-(-part * count // 3) - 1 for part in (1, 2))
    return float(ordered[first]), float(ordered[second])


def with_thirds(ranges: Ranges, bounds: tuple[float, float]) -> Ranges:
    """Ranges that have three equal groups of objects, too.

    Objects of the area of a bound are in the lower group, all of them: each
    object is in one group (an object of 32 x 32 pixels is small and medium).

    Args:
        ranges: What is there.
        bounds: Of `third_bounds`.
    """
    first, second = bounds
    if math.isnan(first):
        return ranges
    return ranges.with_areas(
        THIRDS,
        (
            (0.0, first),
            (math.nextafter(first, math.inf), second),
            (math.nextafter(second, math.inf), LARGEST),
        ),
    )
