"""The tight box of a mask."""

from __future__ import annotations

import numpy as np


def extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Tight box of one mask.

    Args:
        mask: `(H, W)` bool or integers, nonzero inside.

    Returns:
        xyxy in pixels, x2 and y2 exclusive; zeros for an empty mask.

    Example:

    >>> extent(np.eye(3, 5, k=1, dtype=bool))
    (1, 0, 4, 3)
    """
    # OpenCV 4.8's boundingRect is wrong at the right side of some masks.
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return 0, 0, 0, 0
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].any(axis=0))
    return int(columns[0]), top, int(columns[-1]) + 1, bottom
