"""Where the names of objects go on a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from keras_solo.visualization.colors import readable_on
from keras_solo.visualization.painting import fill, rounded_plate
from keras_solo.visualization.text import draw_text, text_extent

Rectangle = tuple[int, int, int, int]  # x1, y1, x2, y2, pixels

# Font sizes in pixels, and how many of them the long side of a picture has.
SMALLEST, LARGEST, PER_SIDE = 13, 96, 48
# No more of a small object's box is hidden by a name: then rather no name.
MOST_HIDDEN = 0.5
# What the next best place costs, in parts of a small object that it hides.
NEXT_PLACE = 0.01
# How far away a name may be, in its heights.
FAR = (1.6, 3.0)
# Where on a line it is looked what is below.
ON_THE_WAY = np.linspace(0.05, 0.95, 10)[:, None, None]


@dataclasses.dataclass(frozen=True)
class Spot:
    """Where an object is, as far as its name is concerned; pixels."""

    x: int  # the middle of its upper edge
    bounds: Rectangle

    @property
    def area(self) -> int:
        x1, y1, x2, y2 = self.bounds
        return (x2 - x1) * (y2 - y1)


class Name(NamedTuple):
    """A name that has a place."""

    number: int
    place: Rectangle
    size: float
    is_far: bool


def draw_names(
    picture: np.ndarray,
    spots: Sequence[Spot],
    texts: Sequence[str],
    colors: np.ndarray,
) -> None:
    """Writes a name beside each object, in place.

    Names hide neither one another nor small objects. Where there is no room
    beside an object, its name is a little away with a line that leads there,
    and where there is none either, it has no name.

    Args:
        picture: `(height, width, 3)` uint8 RGB.
        spots: Where the objects are.
        texts: Their names; the first ones choose first.
        colors: `(n, 3)` uint8 RGB, of the plates behind the names.
    """
    names = placed_names(spots, texts, picture.shape)
    for name in names:
        if name.is_far:
            _draw_leader(picture, spots[name.number], name, colors[name.number])
    for name in names:
        _draw_name(picture, name, texts[name.number], colors[name.number])


def placed_names(
    spots: Sequence[Spot], texts: Sequence[str], shape: tuple[int, ...]
) -> list[Name]:
    """The names that there is room for, each with its place.

    Args:
        spots: Where the objects are.
        texts: Their names.
        shape: (height, width, ...) of the picture.
    """
    largest = float(np.clip(max(shape[:2]) / PER_SIDE, SMALLEST, LARGEST))
    few = 8 * largest**2
    small = np.array([s.bounds for s in spots if s.area < few]).reshape(-1, 4)
    taken = np.zeros((0, 4), np.int64)
    names = []
    for index, (spot, text) in enumerate(zip(spots, texts, strict=True)):
        size = largest if spot.area > few else 0.85 * largest
        near = name_places(spot, text, size, shape)
        places = [*near, *far_places(spot, text, size, shape)]
        free = np.ones(len(places), bool)
        others = np.concatenate([small[(small != spot.bounds).any(1)], taken])
        free[len(near) :] = _has_way(places[len(near) :], spot, others)
        best = best_place(np.array(places), free, taken, small)
        if best is not None:
            names.append(Name(index, places[best], size, best >= len(near)))
            taken = np.concatenate([taken, [places[best]]])
    return names


def best_place(
    places: np.ndarray, free: np.ndarray, taken: np.ndarray, small: np.ndarray
) -> int | None:
    """The first place, or one that hides less.

    Args:
        places: `(k, 4)` xyxy, the best first.
        free: `(k,)` bool, which of them may be chosen.
        taken: `(m, 4)` of other names, none of which may be hidden.
        small: `(s, 4)` boxes of objects that had better not be.

    Returns:
        Its number, or None if none is free.
    """
    areas = (small[:, 2:] - small[:, :2]).prod(axis=1)
    hidden = _common_areas(places, small) / np.maximum(areas, 1)
    cost = hidden.sum(axis=1) + NEXT_PLACE * np.arange(len(places))
    free = free & ~_common_areas(places, taken).any(axis=1)
    free &= hidden.max(axis=1, initial=0) <= MOST_HIDDEN
    if not free.any():
        return None
    return int(np.where(free, cost, np.inf).argmin())


def name_places(
    spot: Spot, text: str, size: float, shape: tuple[int, ...]
) -> list[Rectangle]:
    """Places beside the object and inside the picture, best first."""
    height, width = _plate_size(text, size)
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
    ]
    return _inside(candidates, (height, width), shape)


def far_places(
    spot: Spot, text: str, size: float, shape: tuple[int, ...]
) -> list[Rectangle]:
    """Places a little away from the object, the nearest first."""
    height, width = _plate_size(text, size)
    x, (left, top, right, bottom) = spot.x, spot.bounds
    candidates = []
    for far in FAR:
        away = round(far * height)
        above, below = top - height - away, bottom + away
        sides = left - away - width // 2, right + away + width // 2
        candidates += [(x, above), *((side, above) for side in sides)]
        candidates += [(side, (top + bottom - height) // 2) for side in sides]
        candidates += [(x, below), *((side, below) for side in sides)]
    return _inside(candidates, (height, width), shape)


def _plate_size(text: str, size: float) -> tuple[int, int]:
    height, width = text_extent(text, size)
    return height + round(0.3 * size), width + round(0.7 * size)


def _inside(
    candidates: Sequence[tuple[int, int]],
    plate: tuple[int, int],
    shape: tuple[int, ...],
) -> list[Rectangle]:
    """Plates around (centre x, top), moved into the picture."""
    height, width = plate
    places = []
    for center, y in candidates:
        left = max(0, min(center - width // 2, shape[1] - width))
        y = max(0, min(y, shape[0] - height))
        places.append((left, y, left + width, y + height))
    return places


def _common_areas(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """`(n, m)` pixels that boxes `(n, 4)` and `(m, 4)` share."""
    first = np.maximum(some[:, None, :2], others[None, :, :2])
    last = np.minimum(some[:, None, 2:], others[None, :, 2:])
    return np.maximum(last - first, 0).prod(axis=2)


def _has_way(
    places: Sequence[Rectangle], spot: Spot, others: np.ndarray
) -> np.ndarray:
    """`(k,)` bool, whether the line from a place crosses no box `(m, 4)`."""
    lines = np.array([leader(place, spot) for place in places])
    points = lines[:, 0] + ON_THE_WAY * (lines[:, 1] - lines[:, 0])
    points = points[:, :, None]  # (10, k, 1, 2)
    crossed = (others[:, :2] < points) & (points < others[:, 2:])
    return ~crossed.all(axis=3).any(axis=(0, 2))


def leader(
    place: Rectangle, spot: Spot
) -> tuple[tuple[int, int], tuple[int, int]]:
    """The ends x, y of a line from a name to the box of its object."""
    x1, y1, x2, y2 = place
    left, top, right, bottom = spot.bounds
    x, y = (x1 + x2) // 2, (y1 + y2) // 2
    return (x, y), (min(max(x, left), right), min(max(y, top), bottom))


def _draw_leader(
    picture: np.ndarray, spot: Spot, name: Name, color: np.ndarray
) -> None:
    """A line to the object, with a dot at its end."""
    start, end = leader(name.place, spot)
    line = max(1, round(name.size / 12))
    red, green, blue = color.tolist()
    rgb = red, green, blue
    cv2.line(picture, start, end, rgb, line, cv2.LINE_AA)
    cv2.circle(picture, end, 2 * line, rgb, cv2.FILLED, cv2.LINE_AA)


def _draw_name(
    picture: np.ndarray, name: Name, text: str, color: np.ndarray
) -> None:
    (x1, y1, x2, y2), size = name.place, name.size
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
