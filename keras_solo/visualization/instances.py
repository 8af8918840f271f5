"""Instances on their image: masks, outlines, names."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from keras_solo.visualization.colors import (
    instance_colors,
    lighter,
    readable_on,
)
from keras_solo.visualization.picture import Picture, rgb_array
from keras_solo.visualization.text import draw_text, text_extent

# Pictures with a shorter long side are enlarged, so that text is legible.
LEGIBLE_SIDE = 480

Rectangle = tuple[int, int, int, int]  # x1, y1, x2, y2, pixels


def draw_instances(
    image: Any,
    masks: Any,
    labels: Any,
    scores: Any = None,
    boxes: Any = None,
    class_names: Sequence[str] | None = None,
    opacity: float = 0.45,
    show_labels: bool = True,
    scale: int | None = None,
) -> Picture:
    """Draws instances in translucent colours, with outlines and names.

    Large instances are drawn first, so that small ones stay visible. The
    colours depend on nothing but the order of the labels.

    Args:
        image: `(height, width, 3)` RGB or `(height, width)` grey, 0 to 255.
        masks: `(n, height, width)` bool or 0/1, pixels of the image.
        labels: `(n,)` integers, 0-based classes.
        scores: `(n,)` floats written beside the names, or None.
        boxes: `(n, 4)` xyxy rectangles to draw, pixels of the image, or None
            for masks alone.
        class_names: Names of all classes. Without names the labels
            themselves are written.
        opacity: Of the colour inside a mask, 0 to 1.
        show_labels: Whether names (and scores) are written.
        scale: The picture is this many times the image. By default small
            images are enlarged until text on them is legible.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If the arrays do not fit one another.

    Example:

    >>> image = np.zeros((64, 64, 3), np.uint8)
    >>> mask = np.zeros((1, 64, 64), bool)
    >>> mask[0, 16:48, 16:48] = True
    >>> draw_instances(image, mask, labels=[0], class_names=["square"])
    Picture(512 x 512)
    """
    image = rgb_array(image)
    masks, labels, scores, boxes = checked_instances(
        image, masks, labels, scores, boxes
    )
    factor = scale or max(1, math.ceil(LEGIBLE_SIDE / max(image.shape[:2])))
    picture = _enlarged(image, factor).copy()
    colors = instance_colors(labels)
    line = max(1, round(max(picture.shape[:2]) / 640))
    rectangles = [_bounds(mask) for mask in masks]
    areas = [np.count_nonzero(mask) for mask in masks]

    for i in np.argsort(np.negative(areas), kind="stable"):
        if areas[i]:
            _paint(
                picture,
                masks[i],
                rectangles[i],
                colors[i],
                opacity,
                line,
                factor,
            )
    if boxes is not None:
        for box, color in zip(boxes, colors, strict=True):
            _draw_box(picture, box * factor, color, line)
    if show_labels:
        _draw_labels(
            picture,
            [
                _spot(*pair, factor)
                for pair in zip(masks, rectangles, strict=True)
            ],
            _texts(labels, scores, class_names),
            colors,
        )
    return Picture(picture)


def checked_instances(
    image: np.ndarray, masks: Any, labels: Any, scores: Any, boxes: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Arrays of one length that fit the image, or a `ValueError`."""
    height, width = image.shape[:2]
    labels = np.asarray(labels, np.int64).reshape(-1)
    masks = np.asarray(masks)
    if masks.size == 0 and not len(labels):
        masks = np.zeros((0, height, width), bool)
    if masks.shape != (len(labels), height, width):
        raise ValueError(
            "Expected one mask of the image's size a label: masks of shape "
            f"{(len(labels), height, width)}. Received: shape {masks.shape}"
        )
    if scores is not None:
        scores = np.asarray(scores, np.float64).reshape(-1)
        if len(scores) != len(labels):
            raise ValueError(
                "Expected one score a label. "
                f"Received: {len(scores)} scores, {len(labels)} labels"
            )
    if boxes is not None:
        boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
        if len(boxes) != len(labels):
            raise ValueError(
                "Expected one box a label. "
                f"Received: {len(boxes)} boxes, {len(labels)} labels"
            )
    return masks != 0, labels, scores, boxes


def fill(
    picture: np.ndarray, mask: np.ndarray, color: Any, opacity: float
) -> None:
    """Mixes `color` into `picture` where `mask` is set, in place."""
    inside = picture[mask].astype(np.float32)
    mixed = inside * (1 - opacity) + np.float32(color) * opacity
    picture[mask] = np.rint(mixed).astype(np.uint8)


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


def _paint(
    picture: np.ndarray,
    mask: np.ndarray,
    bounds: Rectangle,
    color: np.ndarray,
    opacity: float,
    line: int,
    factor: int,
) -> None:
    """One mask on the picture; only the window around it is touched."""
    x1, y1, x2, y2 = bounds
    window = _enlarged_mask(mask[y1:y2, x1:x2], factor)
    y, x = y1 * factor, x1 * factor
    height, width = window.shape
    fill(picture[y : y + height, x : x + width], window, color, opacity)
    outline(picture, window, lighter(color), line, offset=(x, y))


def _draw_box(
    picture: np.ndarray, box: np.ndarray, color: np.ndarray, line: int
) -> None:
    x1, y1, x2, y2 = (int(round(float(side))) for side in box)
    cv2.rectangle(
        picture, (x1, y1), (x2 - 1, y2 - 1), lighter(color, 0.15), line
    )


# === Names ===


def _texts(
    labels: np.ndarray,
    scores: np.ndarray | None,
    class_names: Sequence[str] | None,
) -> list[str]:
    names = [
        class_names[label]
        if class_names is not None and 0 <= label < len(class_names)
        else str(label)
        for label in labels
    ]
    if scores is None:
        return names
    return [
        f"{name} {score:.2f}" for name, score in zip(names, scores, strict=True)
    ]


@dataclasses.dataclass(frozen=True)
class Spot:
    """Where an object is, as far as its name is concerned; pixels."""

    x: int  # the middle of its upper edge
    bounds: Rectangle

    @property
    def area(self) -> int:
        x1, y1, x2, y2 = self.bounds
        return (x2 - x1) * (y2 - y1)


def _spot(mask: np.ndarray, bounds: Rectangle, factor: int) -> Spot:
    x1, y1, x2, y2 = bounds
    edge = np.flatnonzero(mask[y1]) if y2 > y1 else np.zeros(1)
    x = round((edge[0] + edge[-1] + 1) / 2 * factor)
    return Spot(x, (x1 * factor, y1 * factor, x2 * factor, y2 * factor))


def _draw_labels(
    picture: np.ndarray,
    spots: Sequence[Spot],
    texts: Sequence[str],
    colors: np.ndarray,
) -> None:
    largest = float(np.clip(max(picture.shape[:2]) / 48, 13, 64))
    # Names should not hide each other, nor objects no larger than a name.
    small = [s.bounds for s in spots if s.area < 8 * largest**2]
    taken: list[Rectangle] = []
    for spot, text, color in zip(spots, texts, colors, strict=True):
        size = largest if spot.area > 8 * largest**2 else 0.85 * largest
        places = _label_places(spot, text, size, picture.shape)
        hidden = [
            sum(_common_area(place, other) for other in taken)
            + 0.5 * sum(_common_area(place, other) for other in small)
            for place in places
        ]
        place = places[int(np.argmin(hidden))]
        taken.append(place)
        _draw_label(picture, place, text, size, color)


def _label_places(
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


def _draw_label(
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


def rounded_plate(height: int, width: int, radius: float) -> np.ndarray:
    """bool `(height, width)`: a rectangle with rounded corners."""
    y = np.abs(np.arange(height) - (height - 1) / 2) - (height / 2 - radius)
    x = np.abs(np.arange(width) - (width - 1) / 2) - (width / 2 - radius)
    corner = np.hypot(np.maximum(y, 0)[:, None], np.maximum(x, 0))
    return corner <= radius


# === Sizes ===


def _bounds(mask: np.ndarray) -> Rectangle:
    """x1, y1, x2, y2 (exclusive) of the set pixels; zeros when empty."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return 0, 0, 0, 0
    cols = np.flatnonzero(mask.any(axis=0))
    return int(cols[0]), int(rows[0]), int(cols[-1]) + 1, int(rows[-1]) + 1


def _enlarged(image: np.ndarray, factor: int) -> np.ndarray:
    if factor == 1:
        return image
    size = (image.shape[1] * factor, image.shape[0] * factor)
    return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)


def _enlarged_mask(mask: np.ndarray, factor: int) -> np.ndarray:
    """A mask `factor` times as large, with smooth edges."""
    if factor == 1:
        return mask
    # A border of zeros, so that the window's own edge is smooth too.
    framed = np.pad(mask, 1).astype(np.float32)
    size = (framed.shape[1] * factor, framed.shape[0] * factor)
    smooth = cv2.resize(framed, size, interpolation=cv2.INTER_LINEAR) >= 0.5
    return smooth[factor:-factor, factor:-factor]
