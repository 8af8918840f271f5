"""LabelMe: a JSON file beside each image, with its shapes."""

from __future__ import annotations

import collections
import json
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from keras_solo._printable import shown
from keras_solo._whole_files import write_whole
from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.labelme_shapes import (
    IGNORED,
    Shape,
    file_content,
    grouped,
    object_shapes,
    shape_object,
)
from keras_solo.data.formats.reading import Found, Place, Reading
from keras_solo.data.formats.sniffing import mentions
from keras_solo.data.formats.writing import (
    Lost,
    drawn_objects,
    write_images,
)
from keras_solo.data.records import Record
from keras_solo.geometry.size import Size


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
                objects.append(shape_object(shape, label, file.size, number))
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
    return Annotated(path, image, size, grouped(shapes, size))


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
                shapes += object_shapes(mask, names[item.label], number)
        content = file_content(shapes, path.name, record.original_size)
        write_whole(path.with_suffix(".json"), json.dumps(content, indent=2))
    return +lost
