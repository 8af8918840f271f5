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
from keras_solo.data.formats.label_maps import (
    read_label_map,
    write_label_map,
)
from keras_solo.data.formats.reading import (
    Found,
    Place,
    Reading,
    image_files,
)
from keras_solo.data.formats.writing import (
    Lost,
    drawn_objects,
    flat_name,
    write_images,
)
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.geometry.size import Size


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
    return [path for path in sorted(root.iterdir()) if _is_of_one_image(path)]


def _is_of_one_image(folder: pathlib.Path) -> bool:
    images, masks = folder / "images", folder / "masks"
    if not (masks.is_dir() and images.is_dir()):
        return False
    files = image_files(images)
    if len(files) != 1:
        return False
    name = files[0].stem
    # A split that has one image, beside the map of its ids, is none.
    return folder.name == name or not any(
        (masks / f"{name}{suffix}").is_file()
        for suffix in (".png", ".tif", ".tiff")
    )


def read(place: Place, reading: Reading) -> Found:
    """Reads each image and the masks of its objects.

    Whatever is not black is inside. All objects are of one class,
    `reading.class_name`.

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
                objects.append(_object(mask, size, place_))
            except WrongEntry as error:
                reading.report(f"{path}: {error}.")
        records.append(
            reading.record(number, path, size, objects, place.annotations)
        )
    return Found(records, {1: reading.class_name})


def _object(path: pathlib.Path, size: Size, number: int) -> ObjectAnnotation:
    inside = read_label_map(path, size) != 0
    if not inside.any():
        raise WrongEntry(f"{path} has no pixel of an object")
    return ObjectAnnotation.from_mask(inside, 0, annotation_id=number)


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
    for record, path in write_images(map(_placed, records), folder):
        masks = path.parents[1] / "masks"
        masks.mkdir()
        for number, one in enumerate(drawn_objects(record, lost), start=1):
            write_label_map(masks / f"{number:05}.png", 255 * one.mask)
            if len(categories) > 1:
                lost["classes of objects"] += 1
    return +lost


def _placed(record: Record) -> Record:
    """An image that has a folder of its own."""
    name = pathlib.Path(flat_name(record))
    inside = pathlib.PurePosixPath(name.stem, "images", name.name)
    return dataclasses.replace(record, file_name=str(inside))
