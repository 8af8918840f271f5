"""What the numbers of an annotated object must be, in every format."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from keras_solo._printable import shown
from keras_solo.data.images import MAX_PIXELS
from keras_solo.data.polygons import (
    Box,
    CannotDraw,
    check_outlines,
    polygon_box,
)
from keras_solo.data.run_lengths import fitting_counts, rle_box
from keras_solo.geometry.size import Size

# What float32 holds.
LARGEST_FLOAT = float(np.finfo(np.float32).max)


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


def annotated_size(
    height: object, width: object, max_pixels: int = MAX_PIXELS
) -> Size:
    """The size of an image, two positive whole numbers.

    Args:
        height: What stands in the file.
        width: What stands in the file.
        max_pixels: How many pixels an image may have.
    """
    if not _is_side(height) or not _is_side(width):
        raise WrongEntry(
            f"expected a positive height and width, received {shown(height)} "
            f"and {shown(width)}"
        )
    size = int(height), int(width)  # type: ignore[call-overload]
    if size[0] * size[1] > max_pixels:
        raise WrongEntry(
            f"its image has {shown(height)} x {shown(width)} pixels (height x "
            f"width); at most {max_pixels} pixels are read"
        )
    return size


def _is_side(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and value >= 1
        and (isinstance(value, int) or value.is_integer())
    )


def checked_polygons(parts: list[object], size: Size) -> list[np.ndarray]:
    """The parts of an object as arrays that can be drawn.

    Args:
        parts: What stands in the file.
        size: (height, width) of the image in pixels.
    """
    polygons = [_polygon(part, number) for number, part in enumerate(parts)]
    try:
        check_outlines(polygons, size)
    except CannotDraw as error:
        raise WrongEntry(str(error)) from error
    return polygons


def _polygon(part: object, number: int) -> np.ndarray:
    """A flat float64 array of at least three points."""
    if not isinstance(part, list) or len(part) < 6 or len(part) % 2:
        what = f"{len(part)} numbers" if isinstance(part, list) else shown(part)
        raise WrongEntry(
            f"polygon {number} needs at least three points (six numbers, an "
            f"even count), received {what}"
        )
    try:
        polygon = np.asarray(part, np.float64)
    except (TypeError, ValueError, OverflowError):
        polygon = np.zeros(0)
    if polygon.ndim != 1 or len(polygon) != len(part):
        raise WrongEntry(f"polygon {number} holds something that is no number")
    return polygon


def polygons_extent(polygons: Sequence[np.ndarray], size: Size) -> Box:
    """The extent of polygons, which must reach into their image."""
    whole = polygons[0] if len(polygons) == 1 else np.concatenate(polygons)
    x1, y1, x2, y2 = polygon_box(whole)
    if x2 <= 0 or y2 <= 0 or x1 >= size[1] or y1 >= size[0]:
        raise WrongEntry(
            f"its polygons are outside the image of {size[0]} x {size[1]} "
            "pixels (height x width)"
        )
    return x1, y1, x2, y2


def checked_runs(counts: object, size: Size) -> np.ndarray:
    """Run lengths that fit their image, int64; of an empty mask, too.

    Args:
        counts: Numbers or compressed text, as the file has them.
        size: (height, width) of the image in pixels.
    """
    if not isinstance(counts, str | list):
        raise WrongEntry(
            "expected run lengths as a list or as text, received "
            f"{shown(counts)}"
        )
    try:
        return fitting_counts(counts, size)
    except (TypeError, ValueError, OverflowError) as error:
        raise WrongEntry(f"its run lengths cannot be read: {error}") from error


def rle_extent(counts: object, size: Size) -> Box:
    """The tight box of run lengths, which must fit their image.

    Args:
        counts: Numbers or compressed text, as the file has them.
        size: (height, width) of the image in pixels.
    """
    runs = checked_runs(counts, size)
    if not runs[1::2].any():
        raise WrongEntry("its run lengths are an empty mask")
    return rle_box(runs, size[0])


def checked_box(box: object) -> Box:
    """xyxy of the four numbers x, y, width, height."""
    try:
        x, y, width, height = (float(value) for value in box)  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError):
        raise WrongEntry(
            f"expected a bbox of four numbers, received {shown(box)}"
        ) from None
    if not all(math.isfinite(v) for v in (x, y, width, height)):
        raise WrongEntry(f"its bbox {shown(box)} has NaN or infinite numbers")
    if width <= 0 or height <= 0:
        raise WrongEntry(f"its bbox {shown(box)} has no width or no height")
    return x, y, x + width, y + height


def checked_score(score: object) -> float:
    """A number that float32 holds, and no text."""
    if isinstance(score, int | float) and not isinstance(score, bool):
        # NaN is no such number.
        if abs(score) <= LARGEST_FLOAT:
            return float(score)
    raise WrongEntry(f"expected a number as its score, received {shown(score)}")


def checked_area(area: object) -> float:
    """A positive number of pixels."""
    try:
        value = float(area)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value) or value <= 0:
        raise WrongEntry(
            f"its area is {shown(area)}; expected a positive number"
        )
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
