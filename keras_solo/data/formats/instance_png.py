"""An image of ids for each image: 8 or 16 bits, or a colour an object."""

from __future__ import annotations

import pathlib

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.label_maps import check_map_size, read_label_map
from keras_solo.data.formats.objects import label_map_runs, runs_object
from keras_solo.data.formats.reading import (
    Found,
    Place,
    Reading,
    image_files,
)
from keras_solo.data.records import ObjectAnnotation
from keras_solo.geometry.size import Size

IMAGES = ("images", "image", "imgs", "PNGImages", "JPEGImages")
MASKS = (
    *("instances", "masks", "PedMasks", "labels", "instance_masks", "gt"),
    "annotations",
)
# What the file of ids may be called beyond the image's name.
ENDINGS = ("", "_mask", "_masks", "_label", "_labels", "_instance", "_gt")
NAME = "object"


def find(root: pathlib.Path) -> list[Place]:
    """A folder of images beside a folder of ids, here or in each split.

    Args:
        root: The folder of the dataset.

    Returns:
        One place a split; none where it is no such dataset.
    """
    here = _place(root, root.name)
    if here is not None:
        return [here]
    inside = sorted(path for path in root.iterdir() if path.is_dir())
    places = (_place(folder, folder.name) for folder in inside)
    return [place for place in places if place is not None]


def _place(folder: pathlib.Path, split: str) -> Place | None:
    for images in (folder / name for name in IMAGES):
        files = image_files(images) if images.is_dir() else []
        for masks in (folder / name for name in MASKS if files):
            if masks.is_dir() and any(_ids_of(one, masks) for one in files):
                return Place(split, masks, images)
    return None


def _ids_of(image: pathlib.Path, masks: pathlib.Path) -> pathlib.Path | None:
    """The file of ids of an image."""
    for ending in ENDINGS:
        for suffix in (".png", ".tif", ".tiff"):
            path = masks / f"{image.stem}{ending}{suffix}"
            if path.is_file():
                return path
    return None


def read(place: Place, reading: Reading) -> Found:
    """Reads the objects of each image out of its ids.

    Id 0 is the background. All objects are of one class, "object". An image
    without ids is wrong: one that shows nothing has a file of zeros.

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: As `reading.report` does.
    """
    folder = place.images or place.annotations
    records = []
    for number, path in enumerate(image_files(folder), start=1):
        try:
            size = reading.image_size(path)
            objects = _objects(path, place.annotations, size, reading)
        except WrongEntry as error:
            reading.report(f"{path}: {error}.")
            continue
        records.append(reading.record(number, path, size, objects, folder))
    return Found(records, {1: NAME})


def _objects(
    image: pathlib.Path, masks: pathlib.Path, size: Size, reading: Reading
) -> list[ObjectAnnotation]:
    path = _ids_of(image, masks)
    if path is None:
        raise WrongEntry(f"there are no ids of it in {masks}")
    ids = read_label_map(path, reading.max_pixels)
    check_map_size(ids, size, path)
    return [
        runs_object(runs, 0, id_) for id_, runs in label_map_runs(ids).items()
    ]
