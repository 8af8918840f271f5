"""VGG Image Annotator: JSON of regions, in a project or exported."""

from __future__ import annotations

import collections
import json
import math
import pathlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from keras_solo._printable import shown
from keras_solo._whole_files import write_whole
from keras_solo.data.formats.checks import AnnotationError, WrongEntry
from keras_solo.data.formats.drawn_shapes import ellipse, rectangle
from keras_solo.data.formats.image_folders import folder_of
from keras_solo.data.formats.objects import polygons_object
from keras_solo.data.formats.reading import Found, Place, Reading
from keras_solo.data.formats.sniffing import mentions
from keras_solo.data.formats.splits import whole_files
from keras_solo.data.formats.writing import (
    Lost,
    drawn_objects,
    write_images,
)
from keras_solo.data.outlines import bridged, mask_outlines
from keras_solo.data.records import Record

WORDS = b'"filename"', b'"regions"'
IMAGES = "_via_img_metadata"
# What the attribute with the class is called, the first that there is.
CLASS = ("class", "label", "category", "name", "type", "object")
FILE = "via_region_data.json"


class Region(NamedTuple):
    """A region of an image: its class and its outline."""

    name: str
    outline: list[object]


def find(root: pathlib.Path) -> list[Place]:
    """The files of VIA in a folder and in those within it.

    Args:
        root: The folder of the dataset.

    Returns:
        One place a file: called like its folder within, or like the file.
    """
    return [
        Place(path.stem if path.parent == root else path.parent.name, path)
        for path in whole_files(root, "json")
        if mentions(path, *WORDS)
    ]


def read(place: Place, reading: Reading) -> Found:
    """Reads one file.

    The class of a region is its attribute "class", "label", "category", "name",
    "type" or "object", or the only one that it has; without one,
    `reading.class_name`. Points and lines are left out.

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: If it is no such file; and as `reading.report`.
    """
    path = place.annotations
    entries = _entries(path)
    images: list[tuple[str, list[Region]]] = []
    for key, raw in entries.items():
        try:
            images.append((_file_name(raw), _regions(raw, reading)))
        except WrongEntry as error:
            reading.report(f"{path}: {shown(key)}: {error}.")
    names = sorted({one.name for _, regions in images for one in regions})
    folder = folder_of([name for name, _ in images], path, reading)
    records: list[Record] = []
    for name, regions in images:
        try:
            image = reading.inside(folder / name)
            size = reading.image_size(image)
        except WrongEntry as error:
            reading.report(f"{path}: {shown(name)}: {error}.")
            continue
        objects = []
        for number, region in enumerate(regions, start=1):
            try:
                label = names.index(region.name)
                objects.append(
                    polygons_object([region.outline], label, size, number)
                )
            except WrongEntry as error:
                where = f"{path}: {shown(name)}: region {number}"
                reading.report(f"{where}: {error}.")
        number = len(records) + 1
        records.append(reading.record(number, image, size, objects, folder))
    return Found(records, dict(enumerate(names, start=1)))


def _entries(path: pathlib.Path) -> dict[str, object]:
    """What stands in a file for each image."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise AnnotationError(f"{path}: nested too deeply.") from error
    except (OSError, ValueError) as error:
        raise AnnotationError(f"{path}: cannot be read: {error}.") from error
    if isinstance(content, dict):
        content = content.get(IMAGES, content)
    if not isinstance(content, dict):
        raise AnnotationError(
            f"{path}: expected an object with an entry for each image. "
            f"Received: {shown(content)}"
        )
    return content


def _file_name(raw: object) -> str:
    name = raw.get("filename") if isinstance(raw, dict) else None
    if not isinstance(name, str) or not name or "\0" in name:
        raise WrongEntry(f"expected a filename, received {shown(name)}")
    return name


def _regions(raw: object, reading: Reading) -> list[Region]:
    regions = raw.get("regions") if isinstance(raw, dict) else None
    if isinstance(regions, dict):  # before version 2
        regions = list(regions.values())
    if not isinstance(regions, list):
        raise WrongEntry(f"expected regions, received {shown(regions)}")
    found = []
    for number, region in enumerate(regions, start=1):
        shape = _dict(region, "shape_attributes", number)
        attributes = _dict(region, "region_attributes", number)
        outline = _outline(shape, number)
        if outline is not None:
            found.append(
                Region(_class(attributes) or reading.class_name, outline)
            )
    return found


def _dict(region: object, key: str, number: int) -> dict[str, object]:
    value = region.get(key) if isinstance(region, dict) else None
    if not isinstance(value, dict):
        raise WrongEntry(f"region {number}: {key} are {shown(value)}")
    return value


def _class(attributes: Mapping[str, object]) -> str:
    """The class that attributes name, "" if they name none."""
    lower = {str(key).lower(): value for key, value in attributes.items()}
    known = [lower[key] for key in CLASS if key in lower]
    value = next(iter(known or lower.values()), "")
    if isinstance(value, dict):  # boxes to tick
        ticked = [key for key, chosen in value.items() if chosen]
        value = ticked[0] if ticked else ""
    return str(value).strip()


def _outline(shape: Mapping[str, object], number: int) -> list[object] | None:
    """The outline of a shape; none of a point or a line."""
    kind = shape.get("name")
    if kind in ("polygon", "polyline"):
        x, y = shape.get("all_points_x"), shape.get("all_points_y")
        if not (isinstance(x, list) and isinstance(y, list)) or len(x) != len(
            y
        ):
            raise WrongEntry(f"region {number}: expected as many x as y")
        if kind == "polyline":
            return None
        return [value for point in zip(x, y, strict=True) for value in point]
    keys = {
        "rect": ("x", "y", "width", "height"),
        "circle": ("cx", "cy", "r"),
        "ellipse": ("cx", "cy", "rx", "ry"),
    }.get(str(kind))
    if keys is None:
        return None
    values = [shape.get(key) for key in keys]
    if not all(
        type(value) in (int, float) and abs(value) < 1e9  # type: ignore[arg-type]
        for value in values
    ):
        raise WrongEntry(
            f"region {number}: expected numbers as {', '.join(keys)}, "
            f"received {shown(values)}"
        )
    x, y, *sides = (float(value) for value in values)  # type: ignore[arg-type]
    if kind == "rect":
        return rectangle(x, y, x + sides[0], y + sides[1])
    turn = shape.get("theta", 0)
    turned = isinstance(turn, int | float) and math.isfinite(turn)
    return ellipse(x, y, sides[0], sides[-1], turn if turned else 0.0)  # type: ignore[arg-type]


# === Writing ===


def write(
    records: Iterable[Record],
    categories: Mapping[int, str],
    root: pathlib.Path,
    split: str,
) -> Lost:
    """Writes the images of one split and their regions, as VIA 2 exports them.

    Outlines run along the edges of pixels; parts and holes of an object are
    joined by bridges without width.

    Args:
        records: The images.
        categories: The name of each category id, label by label.
        root: The folder of the dataset.
        split: The folder of the split in it.

    Returns:
        What was lost: crowds.
    """
    names, lost = list(categories.values()), collections.Counter[str]()
    content = {}
    for record, path in write_images(records, root / split):
        regions = []
        for item, mask in drawn_objects(record, lost):
            outline = bridged(mask_outlines(mask))
            shape = {
                "name": "polygon",
                "all_points_x": outline[:, 0].tolist(),
                "all_points_y": outline[:, 1].tolist(),
            }
            attributes = {"class": names[item.label]}
            regions.append(
                {"shape_attributes": shape, "region_attributes": attributes}
            )
        name, size = path.relative_to(root / split), path.stat().st_size
        content[f"{name.as_posix()}{size}"] = {
            "filename": name.as_posix(),
            "size": size,
            "regions": regions,
            "file_attributes": {},
        }
    if content:
        write_whole(root / split / FILE, json.dumps(content))
    return +lost
