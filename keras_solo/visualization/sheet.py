"""Pictures side by side on one page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from keras_solo.visualization.picture import Picture, rgb_array
from keras_solo.visualization.text import draw_text

GAP = 8
TITLE_SIZE = 14
TITLE_COLOR = (64, 64, 64)


def draw_sheet(
    pictures: Sequence[Picture | npt.ArrayLike],
    columns: int = 4,
    titles: Sequence[str] = (),
) -> Picture:
    """Puts pictures of one size on a white page, row by row.

    Args:
        pictures: `Picture`s, or RGB arrays `(height, width, 3)`.
        columns: Pictures in a row, at most.
        titles: A line below each picture; by default none has one.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If there is no picture, if their sizes differ, or if there
            are titles for some of them.

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
    if titles and len(titles) != len(arrays):
        raise ValueError(
            f"Expected a title for each of {len(arrays)} pictures. Received: "
            f"{len(titles)}"
        )
    height, width = sizes.pop()
    below = GAP + (TITLE_SIZE + GAP // 2 if titles else 0)
    columns = max(1, min(columns, len(arrays)))
    rows = -(-len(arrays) // columns)
    page = np.full(
        (rows * (height + below) + GAP, columns * (width + GAP) + GAP, 3),
        255,
        np.uint8,
    )
    for place, array in enumerate(arrays):
        top = GAP + place // columns * (height + below)
        left = GAP + place % columns * (width + GAP)
        page[top : top + height, left : left + width] = array
        if titles:
            spot = left, top + height + GAP // 2
            draw_text(page, titles[place], spot, TITLE_SIZE, TITLE_COLOR)
    return Picture(page)
