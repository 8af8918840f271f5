"""Instances on their image: masks, outlines, names."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from keras_solo.visualization.colors import (
    instance_colors,
    lighter,
    neighbour_colors,
    track_colors,
)
from keras_solo.visualization.crops import Crops, DenseCrops, Window
from keras_solo.visualization.names import Spot, draw_names
from keras_solo.visualization.painting import fill, outline
from keras_solo.visualization.picture import Picture, rgb_array

# Pictures with a shorter long side are enlarged, so that text is legible.
LEGIBLE_SIDE = 480
# An object is at least so many times as wide as its outline.
NARROW = 16


def draw_instances(
    image: npt.ArrayLike,
    masks: npt.ArrayLike | Crops,
    labels: npt.ArrayLike,
    scores: npt.ArrayLike | None = None,
    boxes: npt.ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    opacity: float = 0.45,
    show_labels: bool = True,
    scale: int | None = None,
    color_by: str = "instance",
    track_ids: npt.ArrayLike | None = None,
) -> Picture:
    """Draws instances in translucent colours, with outlines and names.

    Large instances are drawn first, so that small ones stay visible. Lines and
    names grow with the picture. Names hide neither one another nor small
    instances; the first ones choose first, and a name without room is a little
    away with a line that leads there, or left out. The
    colours depend on nothing but the instances and their order.

    Args:
        image: `(height, width, 3)` RGB or `(height, width)` grey, 0 to 255.
        masks: `(n, height, width)` bool or 0/1, pixels of the image; or
            `keras_solo.data.CompactMasks`.
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
        color_by: `"instance"` tells neighbours apart, whatever their class;
            `"class"` gives instances of a class shades of one colour.
        track_ids: `(n,)` integers, the object of a video that each is, -1
            where that is not known; or None. They are written beside the
            names, and each has its colour in every frame, unless colours are
            by class.

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
    crops, labels, scores, boxes = checked_instances(
        image, masks, labels, scores, boxes
    )
    tracks = _checked_tracks(track_ids, len(labels))
    factor = scale or max(1, math.ceil(LEGIBLE_SIDE / max(image.shape[:2])))
    picture = _enlarged(image, factor).copy()
    windows = crops.windows
    colors = _colors(color_by, labels, windows, tracks)
    line = max(1, round(max(picture.shape[:2]) / 640))
    areas = crops.areas
    spots: dict[int, Spot] = {}
    for i in np.argsort(-areas, kind="stable").tolist():
        part = crops.crop(i), windows[i]
        spots[i] = _spot(*part, factor)
        if areas[i]:
            _paint(picture, *part, colors[i], opacity, line, factor)
    if boxes is not None:
        for box, color in zip(boxes, colors, strict=True):
            _draw_box(picture, box * factor, color, line)
    if show_labels:
        texts = _texts(labels, scores, class_names, tracks)
        seen = np.flatnonzero(areas).tolist()
        there = [spots[i] for i in seen], [texts[i] for i in seen]
        draw_names(picture, *there, colors[seen])
    return Picture(picture)


def _checked_tracks(
    given: npt.ArrayLike | None, count: int
) -> np.ndarray | None:
    if given is None:
        return None
    tracks = np.asarray(given, np.int64).reshape(-1)
    if len(tracks) != count:
        raise ValueError(
            "Expected one track id a label. "
            f"Received: {len(tracks)} track ids, {count} labels"
        )
    return tracks


def _colors(
    color_by: str,
    labels: np.ndarray,
    windows: Sequence[Window] | np.ndarray,
    tracks: np.ndarray | None,
) -> np.ndarray:
    if color_by not in ("instance", "class"):
        raise ValueError(
            'Expected color_by to be "instance" or "class". '
            f"Received: color_by={color_by!r}"
        )
    if color_by == "class":
        return instance_colors(labels)
    if tracks is not None:
        return track_colors(tracks)
    return neighbour_colors(np.asarray(windows).reshape(-1, 4))


def checked_instances(
    image: np.ndarray,
    masks: npt.ArrayLike | Crops,
    labels: npt.ArrayLike,
    scores: npt.ArrayLike | None,
    boxes: npt.ArrayLike | None,
) -> tuple[Crops, np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Arrays of one length that fit the image, or a `ValueError`."""
    labels = np.asarray(labels, np.int64).reshape(-1)
    crops = _checked_crops(masks, (len(labels), *image.shape[:2]))
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
    return crops, labels, scores, boxes


def _checked_crops(
    masks: npt.ArrayLike | Crops, shape: tuple[int, int, int]
) -> Crops:
    if isinstance(masks, Crops):
        received = (len(masks), *masks.size)
    else:
        masks = np.asarray(masks)
        if masks.size == 0 and not shape[0]:
            masks = np.zeros(shape, bool)
        received = masks.shape
    if received != shape:
        raise ValueError(
            "Expected one mask of the image's size a label: masks of shape "
            f"{shape}. Received: shape {received}"
        )
    return masks if isinstance(masks, Crops) else DenseCrops(masks != 0)


def _paint(
    picture: np.ndarray,
    crop: np.ndarray,
    window: Window,
    color: np.ndarray,
    opacity: float,
    line: int,
    factor: int,
) -> None:
    """One mask on the picture; only the window around it is touched."""
    part = _enlarged_mask(crop, factor)
    x, y = window[0] * factor, window[1] * factor
    height, width = part.shape
    fill(picture[y : y + height, x : x + width], part, color, opacity)
    thin = outline_width(line, int(np.count_nonzero(part)))
    outline(picture, part, lighter(color), thin, offset=(x, y))


def outline_width(line: int, area: float) -> int:
    """How wide the outline of an object is, of which something must be left.

    Args:
        line: Pixels, of large objects.
        area: Of the object, pixels.
    """
    return max(1, min(line, round(math.sqrt(area) / NARROW)))


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
    tracks: np.ndarray | None,
) -> list[str]:
    names = [
        class_names[label]
        if class_names is not None and 0 <= label < len(class_names)
        else str(label)
        for label in labels
    ]
    if tracks is not None:
        names = [
            f"{name} #{track}" if track >= 0 else name
            for name, track in zip(names, tracks.tolist(), strict=True)
        ]
    if scores is None:
        return names
    return [
        f"{name} {score:.2f}" for name, score in zip(names, scores, strict=True)
    ]


def _spot(crop: np.ndarray, window: Window, factor: int) -> Spot:
    """Where the name of a mask belongs, on the enlarged picture."""
    x1, y1, x2, y2 = (side * factor for side in window)
    edge = np.flatnonzero(crop[0]) + window[0] if crop.size else np.zeros(1)
    middle = round((edge[0] + edge[-1] + 1) / 2 * factor)
    return Spot(middle, (x1, y1, x2, y2))


# === Sizes ===


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
