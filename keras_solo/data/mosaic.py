"""Four images on one canvas, each in its quadrant."""

from __future__ import annotations

import numpy as np

from keras_solo.geometry import MASK_STRIDE
from keras_solo.geometry.size import Size

# The centre lies between a quarter and three quarters of each side.
NEAREST = 0.25


def quadrants(
    rng: np.random.Generator, canvas_size: Size
) -> list[tuple[int, int, int, int]]:
    """Draws a centre; says where the four quadrants around it are.

    Args:
        rng: Where the randomness comes from.
        canvas_size: (height, width) of the canvas, multiples of 4.

    Returns:
        xyxy in canvas pixels, multiples of 4, row by row: together they are
        the canvas.

    Example:

    >>> parts = quadrants(np.random.default_rng(0), (64, 64))
    >>> parts[0][:2], parts[3][2:]
    ((0, 0), (64, 64))

    Source of the idea: the mosaic of YOLOv4, arXiv:2004.10934.
    """
    height, width = canvas_size
    y, x = (
        round(side * part / MASK_STRIDE) * MASK_STRIDE
        for side, part in zip(
            canvas_size, rng.uniform(NEAREST, 1 - NEAREST, 2), strict=True
        )
    )
    return [
        (0, 0, x, y),
        (x, 0, width, y),
        (0, y, x, height),
        (x, y, width, height),
    ]
