"""An image made smaller block by block, so that it is never whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from keras_solo.data.pixel_source import blocks
from keras_solo.geometry.column_runs import Window
from keras_solo.geometry.size import Size


def reduction(size: Size, at_least: Size) -> int:
    """The largest factor that leaves enough pixels; 1 if there is none.

    Args:
        size: (height, width) of the image in pixels.
        at_least: (height, width): no side becomes smaller.

    Example:

    >>> reduction((3000, 4000), (800, 1088))
    3
    """
    return max(1, min(size[0] // at_least[0], size[1] // at_least[1]))


def reduced_image(
    read: Callable[[Window], np.ndarray], size: Size, factor: int, block: Size
) -> np.ndarray:
    """Averages squares of pixels.

    Args:
        read: What reads a window as uint8 `(h, w, 3)`.
        size: (height, width) of the image in pixels.
        factor: The side of a square. Those at the lower and the right end may
            be smaller: they are averages of the pixels that are there.
        block: (height, width) of what is best read at once.

    Returns:
        uint8 `(ceil(height / factor), ceil(width / factor), 3)`.

    Example:

    >>> image = np.zeros((2, 3, 3), np.uint8)
    >>> image[:, 0] = 100
    >>> small = reduced_image(
    ...     lambda w: image[w[1] : w[3], w[0] : w[2]], (2, 3), 2, (2, 3)
    ... )
    >>> small[..., 0]
    array([[50,  0]], dtype=uint8)
    """
    small = np.empty((*(-(-side // factor) for side in size), 3), np.uint8)
    for x1, y1, x2, y2 in blocks(size, block, factor):
        part = read((x1, y1, x2, y2))
        place = small[y1 // factor :, x1 // factor :]
        for (top, bottom), (left, right) in _whole_and_rest(part, factor):
            square = part[top:bottom, left:right]
            average(square, factor, place[top // factor :, left // factor :])
    return small


def average(pixels: np.ndarray, factor: int, place: np.ndarray) -> None:
    """Writes averages of squares to the first rows and columns of `place`."""
    rows, columns = (-(-side // factor) for side in pixels.shape[:2])
    place[:rows, :columns] = cv2.resize(
        pixels, (columns, rows), interpolation=cv2.INTER_AREA
    )


def _whole_and_rest(
    pixels: np.ndarray, factor: int
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Rows and columns of the parts whose sides are divided evenly.

    What is less than a square is a part of its own.
    """
    sides = []
    for side in pixels.shape[:2]:
        even = side // factor * factor
        parts = ((0, even), (even, side))
        sides.append([part for part in parts if part[0] < part[1]])
    for rows in sides[0]:
        for columns in sides[1]:
            yield rows, columns
