"""A folder for each image, with a PNG for each object in it.

The layout of the Data Science Bowl 2018: `ID/images/ID.png` and
`ID/masks/*.png`.
"""

from __future__ import annotations

import collections
import dataclasses
import pathlib
from collections.abc import Iterable, Mapping

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.label_maps import check_map_size, read_label_map
from keras_solo.data.formats.objects import runs_object
from keras_solo.data.formats.reading import (
    Found,
    Place,
    Reading,
    image_files,
)
from keras_solo.data.formats.writing import (
    Lost,
    image_name,
    write_images,
    write_map,
)
from keras_solo.data.masks import encode_mask, rasterize
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.geometry.size import Size

NAME = "object"


def find(root: pathlib.Path) -> list[Place]:
    """The root, or the folders in it, whose folders are images.

    Args:
        root: The folder of the dataset.

    Returns:
        One place a split; none where it is no such dataset.
    """
    if _folders(root):
        return [Place(root.name, root)]
    inside = sorted(path for path in root.iterdir() if path.is_dir())
    return [Place(path.name, path) for path in inside if _folders(path)]


def _folders(root: pathlib.Path) -> list[pathlib.Path]:
    return [
        path
        for path in sorted(root.iterdir())
        if (path / "masks").is_dir() and (path / "images").is_dir()
        if len(image_files(path / "images")) == 1
    ]


def read(place: Place, reading: Reading) -> Found:
    """Reads each image and the masks of its objects.

    Whatever is not black is inside. All objects are of one class, "object".

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: As `reading.report` does.
    """
    records = []
    for number, folder in enumerate(_folders(place.annotations), start=1):
        (path,) = image_files(folder / "images")
        try:
            size = reading.image_size(path)
        except WrongEntry as error:
            reading.report(f"{path}: {error}.")
            continue
        objects = []
        masks = image_files(folder / "masks")
        for place_, mask in enumerate(masks, start=1):
            try:
                objects.append(_object(mask, size, place_, reading))
            except WrongEntry as error:
                reading.report(f"{path}: {error}.")
        records.append(
            reading.record(number, path, size, objects, place.annotations)
        )
    return Found(records, {1: NAME})


def _object(
    path: pathlib.Path, size: Size, number: int, reading: Reading
) -> ObjectAnnotation:
    inside = read_label_map(path, reading.max_pixels) != 0
    check_map_size(inside, size, path)
    if not inside.any():
        raise WrongEntry(f"{path} has no pixel of an object")
    return runs_object(encode_mask(inside), 0, number)


# === Writing ===


def write(
    records: Iterable[Record],
    categories: Mapping[int, str],
    root: pathlib.Path,
    split: str,
) -> Lost:
    """Writes a folder for each image of one split, a PNG for each object.

    Args:
        records: The images.
        categories: They get lost.
        root: The folder of the dataset.
        split: The folder of the split in it.

    Returns:
        What was lost: crowds, and classes if there are several.
    """
    lost: Lost = collections.Counter()
    folder = root / split
    folder.mkdir(parents=True, exist_ok=True)
    for record in records:
        name = image_name(record).replace("/", "_")
        flat = dataclasses.replace(record, file_name=name)
        place = folder / pathlib.Path(name).stem
        if place.exists():
            continue  # An image that is repeated.
        (place / "masks").mkdir(parents=True)
        for _ in write_images([flat], place / "images"):
            pass
        lost["crowds"] += len(record.objects) - len(record.instances)
        if len(categories) > 1:
            lost["classes of objects"] += len(record.instances)
        for number, item in enumerate(record.instances, start=1):
            mask = rasterize(item.segmentation, record.original_size)
            write_map(place / "masks" / f"{number:05}.png", 255 * mask)
    return +lost
