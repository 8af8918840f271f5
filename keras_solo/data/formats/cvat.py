"""CVAT for images: one XML file of shapes."""

from __future__ import annotations

import collections
import pathlib
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from keras_solo._printable import printable, shown
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
from keras_solo.data.masks import rasterize
from keras_solo.data.outlines import mask_outlines, tight_piece
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.geometry.size import Size

WORDS = b"<annotations>", b"<image "
# It makes gigabytes of a few lines, and reads other files.
DECLARATION = "<!DOCTYPE"
SUBSET = re.compile(rb'<image [^>]*?subset="([^"&]{1,99})"')
OUTLINES = ("polygon", "box", "ellipse", "mask")
FILE = "annotations.xml"


class Object(NamedTuple):
    """Shapes of one label and one group."""

    name: str
    shapes: list[ElementTree.Element]


def find(root: pathlib.Path) -> list[Place]:
    """The XML files of CVAT in a folder and in those within it.

    Args:
        root: The folder of the dataset.

    Returns:
        One place a file, or one a subset that its images are of.
    """
    places = []
    for path in whole_files(root, "xml"):
        name = path.stem if path.parent == root else path.parent.name
        if mentions(path, *WORDS):
            subsets = sorted(set(SUBSET.findall(path.read_bytes())))
            names = [one.decode("utf-8", "replace") for one in subsets]
            places += [Place(one, path, subset=one) for one in names]
            places += [] if names else [Place(name, path)]
    return places


def read(place: Place, reading: Reading) -> Found:
    """Reads the images of one file, or of one subset in it.

    Polygons, boxes, ellipses and masks are outlines; shapes of one label and
    one group are one object. The classes are the labels of the task, or those
    that there are.

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: If it is no such file; and as `reading.report`.
    """
    path = place.annotations
    tree = _tree(path)
    images = [
        raw
        for raw in tree.iter("image")
        if place.subset in (None, raw.get("subset"))
    ]
    shapes = [shape for raw in images for shape in raw if _is_outline(shape)]
    found = [element.text or "" for element in tree.iterfind(".//label/name")]
    used = sorted({shape.get("label", "") for shape in shapes} - set(found))
    names = list(dict.fromkeys(found + used))
    files = [raw.get("name", "") for raw in images]
    folder = folder_of(files, path, reading)
    records: list[Record] = []
    for raw in images:
        where = f"{path}: {shown(raw.get('name'))}"
        try:
            image = reading.inside(folder / _name(raw))
            size = reading.image_size(image)
        except WrongEntry as error:
            reading.report(f"{where}: {error}.")
            continue
        objects = []
        for number, one in enumerate(_grouped(raw), start=1):
            try:
                label = names.index(one.name)
                objects.append(_object(one, label, size, number))
            except WrongEntry as error:
                reading.report(f"{where}: {shown(one.name)}: {error}.")
        number = len(records) + 1
        records.append(reading.record(number, image, size, objects, folder))
    return Found(records, dict(enumerate(names, start=1)))


def _tree(path: pathlib.Path) -> ElementTree.Element:
    try:
        # As text: another encoding could hide what is looked for.
        text = path.read_text(encoding="utf-8-sig")
        if DECLARATION not in text:
            return ElementTree.fromstring(text)  # noqa: S314
    except (OSError, ValueError, ElementTree.ParseError) as error:
        raise AnnotationError(f"{path}: cannot be read: {error}.") from error
    raise AnnotationError(
        f"{path}: expected XML without declarations, received {DECLARATION}."
    )


def _name(raw: ElementTree.Element) -> str:
    name = raw.get("name")
    if not name or "\0" in name:
        raise WrongEntry(f"expected a name, received {shown(name)}")
    return name


def _is_outline(shape: ElementTree.Element) -> bool:
    return shape.tag in OUTLINES


def _grouped(raw: ElementTree.Element) -> list[Object]:
    """The objects of an image; those of a group are one."""
    found: dict[object, Object] = {}
    for number, shape in enumerate(filter(_is_outline, raw)):
        name, group = shape.get("label", ""), shape.get("group_id", "0")
        key = (number,) if group == "0" else (name, group)
        found.setdefault(key, Object(name, [])).shapes.append(shape)
    return list(found.values())


def _object(
    one: Object, label: int, size: Size, number: int
) -> ObjectAnnotation:
    parts = [_outline(shape) for shape in one.shapes if shape.tag != "mask"]
    masks = [_mask(shape, size) for shape in one.shapes if shape.tag == "mask"]
    if not masks:
        return polygons_object(list(parts), label, size, number)
    whole = np.any(masks, axis=0)
    if parts:
        outline = polygons_object(list(parts), label, size, number)
        whole |= rasterize(outline.segmentation, size) != 0
    if not whole.any():
        raise WrongEntry("its mask has no pixel")
    return ObjectAnnotation.from_mask(whole, label, annotation_id=number)


def _numbers(shape: ElementTree.Element, *keys: str) -> list[float]:
    try:
        return [float(shape.get(key, "")) for key in keys]
    except ValueError:
        raise WrongEntry(
            f"expected numbers as {', '.join(keys)} of its {shape.tag}"
        ) from None


def _outline(shape: ElementTree.Element) -> list[object]:
    if shape.tag == "box":
        x1, y1, x2, y2 = _numbers(shape, "xtl", "ytl", "xbr", "ybr")
        return rectangle(x1, y1, x2, y2)
    if shape.tag == "ellipse":
        x, y, radius_x, radius_y = _numbers(shape, "cx", "cy", "rx", "ry")
        return ellipse(x, y, radius_x, radius_y)
    text = shape.get("points", "")
    try:
        return [float(word) for word in re.split("[,;]", text)]
    except ValueError:
        raise WrongEntry(
            f"expected points x,y;x,y;..., received {shown(text)}"
        ) from None


def _mask(shape: ElementTree.Element, size: Size) -> np.ndarray:
    """A mask in its image; its run lengths go along the rows of its box."""
    keys = "left", "top", "width", "height"
    left, top, width, height = (int(v) for v in _whole(shape, *keys))
    fits = 0 <= top <= size[0] - height and 0 <= left <= size[1] - width
    if min(width, height) < 1 or not fits:
        raise WrongEntry(
            f"its mask of {height} x {width} pixels at {[left, top]} (x, y) is "
            "not within its image"
        )
    text = shape.get("rle", "")
    try:
        runs = np.array([int(word) for word in text.split(",")], np.int64)
    except (ValueError, OverflowError):
        runs = np.array([-1])
    small = bool((runs >= 0).all() and (runs <= width * height).all())
    if not small or runs.sum() != width * height:
        raise WrongEntry(
            f"its run lengths do not add up to {height} x {width} pixels"
        )
    inside = np.repeat(np.arange(runs.size) % 2 == 1, runs)
    whole = np.zeros(size, bool)
    box = whole[top : top + height, left : left + width]
    box[:] = inside.reshape(height, width)
    return whole


def _whole(shape: ElementTree.Element, *keys: str) -> list[float]:
    numbers = _numbers(shape, *keys)
    if not all(abs(v) < 1e9 and v == int(v) for v in numbers):
        raise WrongEntry(f"expected whole numbers as {', '.join(keys)}")
    return numbers


# === Writing ===


def write(
    records: Iterable[Record],
    categories: Mapping[int, str],
    root: pathlib.Path,
    split: str,
) -> Lost:
    """Writes the images of one split, and `annotations.xml` beside them.

    Outlines run along the edges of pixels; the parts of an object are a group.
    An object with holes is a mask.

    Args:
        records: The images.
        categories: The name of each category id, label by label.
        root: The folder of the dataset.
        split: The folder of the split in it.

    Returns:
        What was lost: crowds.
    """
    lost: Lost = collections.Counter()
    # XML holds no control characters.
    names = [printable(name) for name in categories.values()]
    tree = ElementTree.Element("annotations")
    ElementTree.SubElement(tree, "version").text = "1.1"
    labels = tree
    for tag in ("meta", "task", "labels"):
        labels = ElementTree.SubElement(labels, tag)
    for name in names:
        label = ElementTree.SubElement(labels, "label")
        ElementTree.SubElement(label, "name").text = name
    folder = root / split
    for number, (record, path) in enumerate(write_images(records, folder)):
        height, width = record.original_size
        attributes = {
            "id": str(number),
            "name": path.relative_to(folder).as_posix(),
            "width": str(width),
            "height": str(height),
        }
        image = ElementTree.SubElement(tree, "image", attributes)
        objects = enumerate(drawn_objects(record, lost), start=1)
        for group, (item, mask) in objects:
            _add_shapes(image, mask, names[item.label], group)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FILE, ElementTree.tostring(tree, "unicode"))
    return +lost


def _add_shapes(
    image: ElementTree.Element, mask: np.ndarray, name: str, group: int
) -> None:
    parts = mask_outlines(mask)
    common = {"label": name, "source": "manual", "occluded": "0"}
    if any(part.holes for part in parts):
        shape = {**common, **_drawn_mask(mask), "z_order": "0"}
        ElementTree.SubElement(image, "mask", shape)
        return
    for part in parts:
        points = ";".join(f"{x:.2f},{y:.2f}" for x, y in part.outer.tolist())
        drawn = {"points": points, "z_order": "0"}
        if len(parts) > 1:
            drawn["group_id"] = str(group)
        ElementTree.SubElement(image, "polygon", {**common, **drawn})


def _drawn_mask(mask: np.ndarray) -> dict[str, str]:
    """The attributes of a mask: run lengths along the rows of its box."""
    piece, left, top = tight_piece(mask)
    flat = piece.ravel().astype(np.int8)
    # They begin with those outside, of which there may be none.
    edges = np.flatnonzero(np.diff(flat, prepend=0, append=2))
    height, width = piece.shape
    return {
        "rle": ", ".join(map(str, np.diff(edges, prepend=0).tolist())),
        "left": str(left),
        "top": str(top),
        "width": str(width),
        "height": str(height),
    }
