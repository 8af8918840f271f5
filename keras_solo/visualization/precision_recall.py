"""Curves of precision over recall, without matplotlib."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import numpy.typing as npt

from keras_solo.visualization.colors import instance_colors
from keras_solo.visualization.picture import Picture
from keras_solo.visualization.text import draw_text, text_extent

# Two of them fit side by side on a `Page`.
SIDE, LEFT, TOP, RIGHT, BOTTOM = 320, 56, 40, 170, 48
TEXT_SIZE = 14
INK, GRID = (34, 34, 34), (221, 221, 221)
# A point has sixteenths of a pixel in OpenCV.
FINE = 4


def draw_precision_recall(
    curves: Mapping[str, npt.ArrayLike], title: str = ""
) -> Picture:
    """Draws precision over recall.

    Args:
        curves: Names to `(n,)` precisions at recalls from 0 to 1, evenly
            spaced. What is not finite is left out.
        title: Written above.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If a curve has fewer than two points.

    Example:

    >>> draw_precision_recall({"cat": [1.0, 0.8, 0.0]}, "IoU 0.50")
    Picture(408 x 546)
    """
    values = {name: _checked(name, curve) for name, curve in curves.items()}
    page = np.full((TOP + SIDE + BOTTOM, LEFT + SIDE + RIGHT, 3), 255, np.uint8)
    draw_text(page, title, (LEFT, 12), TEXT_SIZE + 2, INK)
    _draw_axes(page)
    colors = instance_colors(np.arange(len(values)))
    for place, (name, curve) in enumerate(values.items()):
        red, green, blue = (int(channel) for channel in colors[place])
        _draw_curve(page, curve, (red, green, blue))
        y = TOP + 4 + place * (TEXT_SIZE + 8)
        x = LEFT + SIDE + 16
        cv2.line(page, (x, y + 7), (x + 20, y + 7), (red, green, blue), 3)
        draw_text(page, _fitting(name), (x + 28, y), TEXT_SIZE, INK)
    return Picture(page)


def _checked(name: str, curve: npt.ArrayLike) -> np.ndarray:
    values = np.asarray(curve, np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(
            f"Expected at least two precisions of {name!r}. Received: an "
            f"array of shape {values.shape}"
        )
    return values


def _draw_axes(page: np.ndarray) -> None:
    for step in range(6):
        text, at = f"{step / 5:.1f}", round(SIDE * step / 5)
        x, y = LEFT + at, TOP + SIDE - at
        cv2.line(page, (x, TOP), (x, TOP + SIDE), GRID)
        cv2.line(page, (LEFT, y), (LEFT + SIDE, y), GRID)
        height, width = text_extent(text, TEXT_SIZE)
        below = x - width / 2, TOP + SIDE + 6
        beside = LEFT - width - 6, y - height / 2
        draw_text(page, text, below, TEXT_SIZE, INK)
        draw_text(page, text, beside, TEXT_SIZE, INK)
    _, width = text_extent("recall", TEXT_SIZE)
    middle = LEFT + (SIDE - width) / 2
    draw_text(page, "recall", (middle, TOP + SIDE + 26), TEXT_SIZE, INK)
    # Upright, as along the other axis, it would need a turned page.
    height, width = text_extent("precision", TEXT_SIZE)
    label = np.full((height + 4, width + 4, 3), 255, np.uint8)
    draw_text(label, "precision", (2, 2), TEXT_SIZE, INK)
    turned = np.rot90(label)
    top = TOP + (SIDE - len(turned)) // 2
    page[top : top + len(turned), 4 : 4 + turned.shape[1]] = turned


def _draw_curve(
    page: np.ndarray, curve: np.ndarray, color: tuple[int, int, int]
) -> None:
    known = np.isfinite(curve)
    recall = np.linspace(0.0, 1.0, len(curve))[known]
    precision = np.clip(curve[known], 0.0, 1.0)
    x, y = LEFT + SIDE * recall, TOP + SIDE * (1 - precision)
    points = np.rint(np.stack([x, y], axis=1) * (1 << FINE)).astype(np.int32)
    cv2.polylines(page, [points[:, None]], False, color, 2, cv2.LINE_AA, FINE)


def _fitting(name: str) -> str:
    """A name that ends before the page does."""
    room = RIGHT - 16 - 28 - 4
    if text_extent(name, TEXT_SIZE)[1] <= room:
        return name
    while name and text_extent(f"{name}...", TEXT_SIZE)[1] > room:
        name = name[:-1]
    return f"{name}..."
