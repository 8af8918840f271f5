"""Rectangles, circles and ellipses as outlines."""

from __future__ import annotations

import math

# So many corners stand for a circle.
CORNERS = 64


def rectangle(x1: float, y1: float, x2: float, y2: float) -> list[object]:
    """The outline of a rectangle, flat."""
    return [x1, y1, x2, y1, x2, y2, x1, y2]


def ellipse(
    x: float, y: float, radius_x: float, radius_y: float, turn: float = 0.0
) -> list[object]:
    """The outline of an ellipse, flat.

    Args:
        x: Its centre.
        y: Its centre.
        radius_x: Along its first axis.
        radius_y: Along the other.
        turn: Of the first axis, in radians, from x towards y.

    Example:

    >>> outline = ellipse(5.0, 4.0, 3.0, 3.0)
    >>> len(outline), outline[:2]
    (128, [8.0, 4.0])
    """
    cos, sin = math.cos(turn), math.sin(turn)
    outline: list[object] = []
    for at in range(CORNERS):
        angle = 2 * math.pi * at / CORNERS
        u, v = radius_x * math.cos(angle), radius_y * math.sin(angle)
        outline += [x + u * cos - v * sin, y + u * sin + v * cos]
    return outline
