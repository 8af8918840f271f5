"""What the numbers of an annotated object must be, in every format."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from keras_solo.data.masks import (
    FARTHEST,
    Box,
    is_near,
    polygon_box,
    rle_box,
    rle_counts,
)
from keras_solo.geometry.size import Size


class AnnotationError(ValueError):
    """Something in an annotation file is wrong; the message says where."""


class WrongEntry(Exception):
    """What is wrong with one entry of a file; its reader adds where."""


def raise_error(message: str) -> None:
    """What a reader does about a wrong entry, unless told otherwise.

    Raises:
        AnnotationError: Always.
    """
    raise AnnotationError(message)


def annotated_size(height: object, width: object) -> Size:
    """The size of an image, two positive whole numbers."""
    if not _is_side(height) or not _is_side(width):
        raise WrongEntry(
            f"expected a positive height and width, received {height!r} and "
            f"{width!r}"
        )
    return int(height), int(width)  # type: ignore[call-overload]


def _is_side(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value >= 1
        and value == int(value)
    )


def checked_polygon(part: object, number: int, size: Size) -> np.ndarray:
    """A flat float64 array of at least three points near their image.

    Args:
        part: What stands in the file.
        number: Which part of the object it is.
        size: (height, width) of the image in pixels.
    """
    if not isinstance(part, list) or len(part) < 6 or len(part) % 2:
        what = f"{len(part)} numbers" if isinstance(part, list) else repr(part)
        raise WrongEntry(
            f"polygon {number} needs at least three points (six numbers, an "
            f"even count), received {what}"
        )
    try:
        polygon = np.asarray(part, np.float64)
    except (TypeError, ValueError):
        polygon = np.zeros(0)
    if polygon.ndim != 1 or len(polygon) != len(part):
        raise WrongEntry(f"polygon {number} holds something that is no number")
    if not np.isfinite(polygon).all():
        raise WrongEntry(f"polygon {number} has NaN or infinite coordinates")
    if not is_near(polygon_box(polygon), size):
        raise WrongEntry(
            f"polygon {number} is farther than {FARTHEST} image sides outside "
            f"the image of {size[0]} x {size[1]} pixels (height x width)"
        )
    return polygon


def polygons_extent(polygons: Sequence[np.ndarray], size: Size) -> Box:
    """The extent of polygons, which must reach into their image."""
    x1, y1, x2, y2 = polygon_box(np.concatenate(polygons))
    if x2 <= 0 or y2 <= 0 or x1 >= size[1] or y1 >= size[0]:
        raise WrongEntry(
            f"its polygons are outside the image of {size[0]} x {size[1]} "
            "pixels (height x width)"
        )
    return x1, y1, x2, y2


def rle_extent(counts: object, size: Size) -> Box:
    """The tight box of run lengths, which must fit their image.

    Args:
        counts: Numbers or compressed text, as the file has them.
        size: (height, width) of the image in pixels.
    """
    try:
        runs = rle_counts(counts)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise WrongEntry("its run lengths cannot be read") from error
    total = sum(runs)
    if min(runs, default=0) < 0 or total != size[0] * size[1]:
        raise WrongEntry(
            f"its run lengths add up to {total} pixels, its image has "
            f"{size[0] * size[1]}"
        )
    if not any(runs[1::2]):
        raise WrongEntry("its run lengths are an empty mask")
    return rle_box(np.array(runs, np.int64), size[0])


def checked_box(box: object) -> Box:
    """xyxy of the four numbers x, y, width, height."""
    try:
        x, y, width, height = (float(value) for value in box)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise WrongEntry(
            f"expected a bbox of four numbers, received {box!r}"
        ) from None
    if not all(math.isfinite(v) for v in (x, y, width, height)):
        raise WrongEntry(f"its bbox {box!r} has NaN or infinite numbers")
    if width <= 0 or height <= 0:
        raise WrongEntry(f"its bbox {box!r} has no width or no height")
    return x, y, x + width, y + height


def checked_area(area: object) -> float:
    """A positive number of pixels."""
    try:
        value = float(area)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value) or value <= 0:
        raise WrongEntry(f"its area is {area!r}; expected a positive number")
    return value


def clipped_box(box: Box, size: Size) -> Box:
    """A box cut off at the borders of its image, of which a part must stay.

    Args:
        box: xyxy in pixels.
        size: (height, width) of the image in pixels.
    """
    height, width = size
    x1, x2 = (min(max(x, 0.0), float(width)) for x in (box[0], box[2]))
    y1, y2 = (min(max(y, 0.0), float(height)) for y in (box[1], box[3]))
    if x2 <= x1 or y2 <= y1:
        raise WrongEntry(
            f"its box {list(box)} (xyxy) is outside the image of "
            f"{height} x {width} pixels (height x width), or empty"
        )
    return x1, y1, x2, y2
