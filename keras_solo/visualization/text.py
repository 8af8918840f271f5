"""Small pieces of text on a picture, sized in pixels."""

from __future__ import annotations

import cv2
import numpy as np

from keras_solo._printable import printable

FONT = cv2.FONT_HERSHEY_SIMPLEX
# Pixels of font size that OpenCV draws at a font scale of 1.
SIZE_AT_SCALE_1 = 32.0
# Characters: more would cover the picture.
LONGEST = 60

Color = tuple[int, int, int]


def text_extent(text: str, size: float) -> tuple[int, int]:
    """(height, width) in pixels of a line of text, descenders included.

    Args:
        text: One line.
        size: Font size in pixels.
    """
    text = printable(text, LONGEST)
    scale = size / SIZE_AT_SCALE_1
    (width, _), _ = cv2.getTextSize(text, FONT, scale, _thickness(size))
    return int(round(1.1 * size)), int(width)


def _thickness(size: float) -> int:
    """Of the strokes; bold letters are wider, too."""
    return 1 if size < 28 else 2


def draw_text(
    image: np.ndarray,
    text: str,
    position: tuple[float, float],
    size: float,
    color: Color,
) -> None:
    """Writes a line of text into `image`, in place.

    Args:
        image: `(height, width, 3)` uint8 RGB.
        text: One line.
        position: (x, y) of the text's upper left corner in pixels.
        size: Font size in pixels.
        color: RGB.
    """
    x, y = position
    cv2.putText(
        image,
        printable(text, LONGEST),
        (int(round(x)), int(round(y + 0.82 * size))),
        FONT,
        size / SIZE_AT_SCALE_1,
        color,
        _thickness(size),
        cv2.LINE_AA,
    )
