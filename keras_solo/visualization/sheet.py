"""Pictures side by side on one page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from keras_solo.visualization.picture import Picture, rgb_array

GAP = 8


def draw_sheet(
    pictures: Sequence[Picture | npt.ArrayLike], columns: int = 4
) -> Picture:
    """Puts pictures of one size on a white page, row by row.

    Args:
        pictures: `Picture`s, or RGB arrays `(height, width, 3)`.
        columns: Pictures in a row, at most.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If there is no picture, or if their sizes differ.

    Example:

    >>> draw_sheet([np.zeros((48, 64, 3), np.uint8)] * 3, columns=2)
    Picture(120 x 152)
    """
    arrays = [rgb_array(picture) for picture in pictures]
    sizes = {array.shape[:2] for array in arrays}
    if len(sizes) != 1:
        raise ValueError(
            "Expected pictures of one size. Received: "
            f"{len(arrays)} of the sizes {sorted(sizes)}"
        )
    height, width = sizes.pop()
    columns = max(1, min(columns, len(arrays)))
    rows = -(-len(arrays) // columns)
    page = np.full(
        (rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3),
        255,
        np.uint8,
    )
    for place, array in enumerate(arrays):
        top = GAP + place // columns * (height + GAP)
        left = GAP + place % columns * (width + GAP)
        page[top : top + height, left : left + width] = array
    return Picture(page)
