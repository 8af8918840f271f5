"""Where the names of objects go on a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_solo.visualization.colors import readable_on
from keras_solo.visualization.painting import fill, rounded_plate
from keras_solo.visualization.text import draw_text, text_extent

Rectangle = tuple[int, int, int, int]  # x1, y1, x2, y2, pixels


@dataclasses.dataclass(frozen=True)
class Spot:
    """Where an object is, as far as its name is concerned; pixels."""

    x: int  # the middle of its upper edge
    bounds: Rectangle

    @property
    def area(self) -> int:
        x1, y1, x2, y2 = self.bounds
        return (x2 - x1) * (y2 - y1)


def draw_names(
    picture: np.ndarray,
    spots: Sequence[Spot],
    texts: Sequence[str],
    colors: np.ndarray,
) -> None:
    """Writes a name beside each object, in place.

    Names hide neither one another nor small objects, as far as can be.

    Args:
        picture: `(height, width, 3)` uint8 RGB.
        spots: Where the objects are.
        texts: Their names.
        colors: `(n, 3)` uint8 RGB, of the plates behind the names.
    """
    largest = float(np.clip(max(picture.shape[:2]) / 48, 13, 64))
    # Names should not hide each other, nor objects no larger than a name.
    small = [s.bounds for s in spots if s.area < 8 * largest**2]
    taken: list[Rectangle] = []
    for spot, text, color in zip(spots, texts, colors, strict=True):
        size = largest if spot.area > 8 * largest**2 else 0.85 * largest
        places = name_places(spot, text, size, picture.shape)
        hidden = [
            sum(_common_area(place, other) for other in taken)
            + 0.5 * sum(_common_area(place, other) for other in small)
            for place in places
        ]
        place = places[int(np.argmin(hidden))]
        taken.append(place)
        _draw_name(picture, place, text, size, color)


def name_places(
    spot: Spot, text: str, size: float, shape: tuple[int, ...]
) -> list[Rectangle]:
    """Places beside the object and inside the picture, best first."""
    height, width = text_extent(text, size)
    height, width = height + round(0.3 * size), width + round(0.7 * size)
    x, (_, top, _, bottom) = spot.x, spot.bounds
    aside = width // 2 + round(0.4 * size)
    candidates = [
        (x, top - height),
        (x, top),
        (x, bottom),
        (x + aside, top - height),
        (x - aside, top - height),
        (x + aside, top),
        (x - aside, top),
        (x, (top + bottom - height) // 2),
        (x + aside, bottom),
        (x - aside, bottom),
        (x, top - 2 * height),
        (x, bottom + height),
    ]
    places = []
    for center, y in candidates:
        left = max(0, min(center - width // 2, shape[1] - width))
        y = max(0, min(y, shape[0] - height))
        places.append((left, y, left + width, y + height))
    return places


def _common_area(one: Rectangle, other: Rectangle) -> int:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)


def _draw_name(
    picture: np.ndarray,
    place: Rectangle,
    text: str,
    size: float,
    color: np.ndarray,
) -> None:
    x1, y1, x2, y2 = place
    window = picture[y1:y2, x1:x2]
    plate = rounded_plate(window.shape[0], window.shape[1], 0.25 * size)
    fill(window, plate, color, 0.92)
    draw_text(
        picture,
        text,
        (x1 + 0.35 * size, y1 + 0.2 * size),
        size,
        readable_on(color),
    )
