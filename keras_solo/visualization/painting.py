"""Masks painted into a picture, in place."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def fill(
    picture: np.ndarray, mask: np.ndarray, color: npt.ArrayLike, opacity: float
) -> None:
    """Mixes `color` into `picture` where `mask` is set, in place."""
    shades = np.arange(256, dtype=np.float32)[:, None] * (1 - opacity)
    shades = np.rint(shades + np.asarray(color, np.float32) * opacity)
    mixed = cv2.LUT(picture, shades.astype(np.uint8)[None])
    cv2.copyTo(mixed, mask.view(np.uint8), picture)


def outline(
    picture: np.ndarray,
    mask: np.ndarray,
    color: tuple[int, int, int],
    thickness: int,
    offset: tuple[int, int] = (0, 0),
) -> None:
    """Draws the borders of `mask`, holes included, in place.

    `offset` is the place (x, y) of the mask's first pixel in the picture.
    """
    contours, _ = cv2.findContours(
        mask.astype(np.uint8),
        cv2.RETR_CCOMP,
        cv2.CHAIN_APPROX_NONE,
        offset=offset,
    )
    cv2.polylines(picture, contours, True, color, thickness, cv2.LINE_AA)


def rounded_plate(height: int, width: int, radius: float) -> np.ndarray:
    """bool `(height, width)`: a rectangle with rounded corners."""
    y = np.abs(np.arange(height) - (height - 1) / 2) - (height / 2 - radius)
    x = np.abs(np.arange(width) - (width - 1) / 2) - (width / 2 - radius)
    corner = np.hypot(np.maximum(y, 0)[:, None], np.maximum(x, 0))
    return corner <= radius
