"""The tight box of a mask."""

from __future__ import annotations

import cv2
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
    # OpenCV is slow at empty rows.
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return 0, 0, 0, 0
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    # No copy where the mask is bool.
    pixels = np.asarray(mask[top:bottom], bool).view(np.uint8)
    x, _, width, _ = cv2.boundingRect(pixels)
    return x, top, x + width, bottom
