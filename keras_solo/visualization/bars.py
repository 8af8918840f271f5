"""Numbers as bars: how many there are of each."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from keras_solo.visualization.picture import Picture
from keras_solo.visualization.text import draw_text, text_extent

# Pixels.
BAR, GAP, LONGEST, FONT, MARGIN = 18, 8, 400, 14, 8
COLOR, INK = (63, 81, 181), (40, 40, 40)


def draw_bars(counts: Mapping[str, int]) -> Picture:
    """A horizontal bar for each number, the longest for the largest.

    Args:
        counts: The bars from top to bottom, with their names.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If there is no bar, or one below 0.

    Example:

    >>> draw_bars({"small": 3, "large": 1}).size[0]
    60
    """
    if not counts or min(counts.values()) < 0:
        raise ValueError(
            f"Expected numbers of at least 0. Received: {dict(counts)}"
        )
    names = max(text_extent(name, FONT)[1] for name in counts) + 2 * MARGIN
    numbers = max(text_extent(str(n), FONT)[1] for n in counts.values())
    height = len(counts) * (BAR + GAP) + GAP
    width = names + LONGEST + numbers + 2 * MARGIN
    picture = np.full((height, width, 3), 255, np.uint8)
    most = max(*counts.values(), 1)
    for place, (name, count) in enumerate(counts.items()):
        top = GAP + place * (BAR + GAP)
        end = names + round(LONGEST * count / most)
        draw_text(picture, name, (MARGIN, top + 2), FONT, INK)
        if count:
            # At least a line, so that one of a million is seen.
            corner = (max(end, names + 1), top + BAR - 1)
            cv2.rectangle(picture, (names, top), corner, COLOR, cv2.FILLED)
        draw_text(picture, str(count), (end + MARGIN, top + 2), FONT, INK)
    return Picture(picture)
