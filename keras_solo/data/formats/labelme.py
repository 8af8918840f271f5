"""LabelMe: a JSON file beside each image, with its shapes."""

from __future__ import annotations

import base64
import collections
import json
import math
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import cv2
import numpy as np

from keras_solo._printable import shown
from keras_solo._whole_files import write_whole
from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.drawn_shapes import ellipse, rectangle
from keras_solo.data.formats.label_maps import decode_label_map
from keras_solo.data.formats.objects import polygons_object, runs_object
from keras_solo.data.formats.reading import Found, Place, Reading
from keras_solo.data.formats.sniffing import mentions
from keras_solo.data.formats.writing import (
    Lost,
    drawn_objects,
    write_images,
)
from keras_solo.data.images import ImageError
from keras_solo.data.masks import encode_mask, rasterize
from keras_solo.data.outlines import mask_outlines, tight_piece
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.geometry.size import Size

IGNORED = ("__ignore__", "_background_")
# Points and lines enclose nothing.
OUTLINES = ("polygon", "rectangle", "circle", "mask")


class Shape(NamedTuple):
    """A shape, or several that a group makes one object of."""

    name: str
    parts: list[list[object]]
    masks: list[tuple[np.ndarray, int, int]]


class Annotated(NamedTuple):
    """What one file says."""

    path: pathlib.Path
    image: pathlib.Path
    size: Size
    shapes: list[Shape]


def find(root: pathlib.Path) -> list[Place]:
    """The root, if it has LabelMe files, or the folders in it that do.

    Args:
        root: The folder of the dataset.

    Returns:
        One place a folder, named after it; none where there is no such file.
    """
    if any(_is_labelme(path) for path in root.glob("*.json")):
        return [Place(root.name, root)]
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    return [
        Place(folder.name, folder)
        for folder in folders
        if next(_files(folder), None)
    ]


def read(place: Place, reading: Reading) -> Found:
    """Reads the LabelMe files of a folder.

    Shapes of one label and one group are parts of one object. Shapes called
    `__ignore__` are left out, and so are points and lines. The classes are the
    labels that there are, in the order of the alphabet.

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: As `reading.report` does.
    """
    files = []
    for path in sorted(_files(place.annotations)):
        try:
            files.append(_read_file(path, reading))
        except WrongEntry as error:
            reading.report(f"{path}: {error}.")
    names = sorted({shape.name for file in files for shape in file.shapes})
    labels = {name: label for label, name in enumerate(names)}
    records: list[Record] = []
    for file in files:
        objects = []
        for number, shape in enumerate(file.shapes, start=1):
            try:
                label = labels[shape.name]
                objects.append(_object(shape, label, file.size, number))
            except WrongEntry as error:
                reading.report(f"{file.path}: {shown(shape.name)}: {error}.")
        records.append(
            reading.record(
                len(records) + 1,
                file.image,
                file.size,
                objects,
                place.annotations,
            )
        )
    return Found(records, dict(enumerate(names, start=1)))


def _files(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    for path in folder.rglob("*.json"):
        if _is_labelme(path):
            yield path


def _is_labelme(path: pathlib.Path) -> bool:
    return mentions(path, b'"shapes"', b'"imagePath"')


def _read_file(path: pathlib.Path, reading: Reading) -> Annotated:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise WrongEntry("nested too deeply") from error
    except (OSError, ValueError) as error:
        raise WrongEntry(f"cannot be read: {error}") from error
    named = content.get("imagePath") if isinstance(content, dict) else None
    if not isinstance(named, str) or not named or "\0" in named:
        raise WrongEntry(
            f'expected a file name as "imagePath", received {shown(named)}'
        )
    image = reading.inside(path.parent / named.replace("\\", "/"))
    size = reading.image_size(image)
    said = content.get("imageHeight"), content.get("imageWidth")
    if None not in said and said != size:
        turned = said == size[::-1] and not reading.exif_orientation
        raise WrongEntry(
            f"its image has {size[0]} x {size[1]} pixels, and it says "
            f"{shown(said[0])} x {shown(said[1])} (height x width)"
            + ("; exif_orientation=True may help" if turned else "")
        )
    shapes = content.get("shapes")
    if not isinstance(shapes, list):
        raise WrongEntry(f"expected a list of shapes, received {shown(shapes)}")
    return Annotated(path, image, size, _grouped(shapes, size))


def _grouped(shapes: list[object], size: Size) -> list[Shape]:
    """The objects of an image; those of a group are one."""
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
        shape = found.setdefault(key, Shape(name, [], []))
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


def _object(
    shape: Shape, label: int, size: Size, number: int
) -> ObjectAnnotation:
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
    return runs_object(encode_mask(whole), label, number)


# === Writing ===


def write(
    records: Iterable[Record],
    categories: Mapping[int, str],
    root: pathlib.Path,
    split: str,
) -> Lost:
    """Writes a JSON file beside each image of one split.

    Outlines run along the edges of pixels; the parts of an object are a group.
    An object with holes is a shape of the kind "mask".

    Args:
        records: The images.
        categories: The name of each category id, label by label.
        root: The folder of the dataset.
        split: The folder of the split in it.

    Returns:
        What was lost: crowds, and objects of classes that LabelMe ignores.
    """
    names, lost = list(categories.values()), collections.Counter[str]()
    for record, path in write_images(records, root / split):
        shapes: list[dict[str, object]] = []
        for number, (item, mask) in enumerate(drawn_objects(record, lost)):
            if names[item.label] in IGNORED:
                lost["objects of a class that is ignored"] += 1
            else:
                shapes += _shapes(mask, names[item.label], number)
        height, width = record.original_size
        content: dict[str, object] = {
            "version": "5.5.0",
            "flags": {},
            "shapes": shapes,
            "imagePath": path.name,
            "imageData": None,
            "imageHeight": height,
            "imageWidth": width,
        }
        write_whole(path.with_suffix(".json"), json.dumps(content, indent=2))
    return +lost


def _shapes(
    mask: np.ndarray, name: str, number: int
) -> list[dict[str, object]]:
    """The shapes of one object."""
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
