"""Shapes of LabelMe, which are objects alone or in groups, there and back."""

from __future__ import annotations

import base64
import math
from typing import NamedTuple

import cv2
import numpy as np

from keras_solo._printable import shown
from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.drawn_shapes import ellipse, rectangle
from keras_solo.data.formats.label_maps import decode_label_map
from keras_solo.data.formats.objects import polygons_object
from keras_solo.data.images import ImageError
from keras_solo.data.masks import rasterize
from keras_solo.data.outlines import mask_outlines, tight_piece
from keras_solo.data.records import ObjectAnnotation
from keras_solo.geometry.size import Size

IGNORED = ("__ignore__", "_background_")
# Points and lines enclose nothing.
OUTLINES = ("polygon", "rectangle", "circle", "mask")


class Shape(NamedTuple):
    """A shape, or several that a group makes one object of."""

    name: str
    parts: list[list[object]]
    masks: list[tuple[np.ndarray, int, int]]
    scores: list[object]


# === Reading ===


def grouped(shapes: list[object], size: Size) -> list[Shape]:
    """The objects of an image; those of a group are one.

    Args:
        shapes: What stands in the file.
        size: (height, width) of the image in pixels.

    Raises:
        WrongEntry: If something is wrong with one.
    """
    found: dict[object, Shape] = {}
    for number, raw in enumerate(shapes):
        if not isinstance(raw, dict):
            raise WrongEntry(f"shape {number} is {shown(raw)}")
        name, group = raw.get("label"), raw.get("group_id")
        kind = raw.get("shape_type", "polygon")
        if not isinstance(name, str):
            raise WrongEntry(f"shape {number} has the label {shown(name)}")
        if name in IGNORED or kind not in OUTLINES:
            continue
        if not isinstance(group, int | str | None):
            raise WrongEntry(f"shape {number} is of group {shown(group)}")
        key = (number,) if group is None else (name, group)
        shape = found.setdefault(key, Shape(name, [], [], []))
        shape.scores.append(raw.get("score"))
        points = _points(raw.get("points"), number)
        if kind == "mask":
            shape.masks.append(_mask(raw, points, size, number))
        else:
            shape.parts.append(_outline(kind, points))
    return list(found.values())


def _points(points: object, number: int) -> list[list[float]]:
    if not isinstance(points, list) or not all(
        isinstance(point, list)
        and len(point) == 2
        and all(type(value) in (int, float) for value in point)
        and all(abs(value) < 1e9 for value in point)
        for point in points
    ):
        raise WrongEntry(
            f"shape {number}: expected points [x, y], received {shown(points)}"
        )
    return points


def _outline(kind: str, points: list[list[float]]) -> list[object]:
    if kind == "rectangle" and len(points) == 2:
        (x1, y1), (x2, y2) = points
        return rectangle(x1, y1, x2, y2)
    if kind == "circle" and len(points) == 2:
        (x, y), edge = points
        radius = math.dist((x, y), edge)
        return ellipse(x, y, radius, radius)
    return [value for point in points for value in point]


def _mask(
    raw: dict[str, object],
    points: list[list[float]],
    size: Size,
    number: int,
) -> tuple[np.ndarray, int, int]:
    """A piece of a mask, and where its top left corner is."""
    text = raw.get("mask")
    try:
        data = base64.b64decode(str(text).encode("ascii"), validate=True)
        piece = decode_label_map(data, "the mask", size) != 0
    except (ValueError, ImageError) as error:
        raise WrongEntry(f"shape {number}: {error}") from error
    left, top = (int(value) for value in points[0]) if points else (-1, -1)
    height, width = piece.shape
    if not (0 <= top <= size[0] - height and 0 <= left <= size[1] - width):
        raise WrongEntry(
            f"shape {number}: its mask of {height} x {width} pixels at "
            f"{[left, top]} (x, y) is not within its image"
        )
    return piece, top, left


def shape_object(
    shape: Shape, label: int, size: Size, number: int
) -> ObjectAnnotation:
    """The object of shapes that belong together.

    Args:
        shape: What `grouped` returned.
        label: Its class.
        size: (height, width) of the image in pixels.
        number: What the object is called.

    Raises:
        WrongEntry: If it cannot be drawn, or has no pixel.
    """
    if not shape.masks:
        return polygons_object(list(shape.parts), label, size, number)
    whole = np.zeros(size, bool)
    for piece, top, left in shape.masks:
        height, width = piece.shape
        whole[top : top + height, left : left + width] |= piece
    if shape.parts:
        outline = polygons_object(list(shape.parts), label, size, number)
        whole |= rasterize(outline.segmentation, size) != 0
    if not whole.any():
        raise WrongEntry("its mask has no pixel")
    return ObjectAnnotation.from_mask(whole, label, annotation_id=number)


# === Writing ===


def file_content(
    shapes: list[dict[str, object]], image_path: str, size: Size
) -> dict[str, object]:
    """What stands in the file of an image.

    Args:
        shapes: As `object_shapes` returns them.
        image_path: Where its image is, from where the file is.
        size: (height, width) of the image in pixels.
    """
    return {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": image_path,
        "imageData": None,
        "imageHeight": size[0],
        "imageWidth": size[1],
    }


def object_shapes(
    mask: np.ndarray, name: str, number: int
) -> list[dict[str, object]]:
    """The shapes of one object.

    Args:
        mask: `(height, width)`, nonzero inside.
        name: Its class.
        number: Tells its parts from those of other objects.
    """
    parts = mask_outlines(mask)
    group = number if len(parts) > 1 else None
    common: dict[str, object] = {
        "label": name,
        "group_id": group,
        "flags": {},
        "description": "",
    }
    if any(part.holes for part in parts):
        return [{**common, "group_id": None, **_drawn_mask(mask)}]
    return [
        {**common, "shape_type": "polygon", "points": part.outer.tolist()}
        for part in parts
    ]


def _drawn_mask(mask: np.ndarray) -> dict[str, object]:
    """A shape of the kind "mask"."""
    piece, left, top = tight_piece(mask)
    height, width = piece.shape
    data = cv2.imencode(".png", piece.astype(np.uint8))[1].tobytes()
    return {
        "shape_type": "mask",
        "points": [[left, top], [left + width - 1, top + height - 1]],
        "mask": base64.b64encode(data).decode("ascii"),
    }
