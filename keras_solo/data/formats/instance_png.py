"""An image of ids for each image: 8 or 16 bits, or a colour an object."""

from __future__ import annotations

import collections
import pathlib
from collections.abc import Iterable, Mapping

import numpy as np

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.label_maps import (
    painted,
    read_label_map,
    write_label_map,
)
from keras_solo.data.formats.objects import label_map_runs
from keras_solo.data.formats.reading import (
    Found,
    Place,
    Reading,
    image_files,
)
from keras_solo.data.formats.writing import (
    Lost,
    drawn_objects,
    write_images,
)
from keras_solo.data.records import ObjectAnnotation, Record

IMAGES = ("images", "image", "imgs", "PNGImages", "JPEGImages")
MASKS = (
    *("instances", "masks", "PedMasks", "labels", "instance_masks", "gt"),
    "annotations",
)
# What the file of ids may be called beyond the image's name.
ENDINGS = ("", "_mask", "_masks", "_label", "_labels", "_instance", "_gt")
# So many images are looked at to see what a folder is.
SAMPLE = 20


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
        files = image_files(images, deep=True) if images.is_dir() else []
        for masks in (folder / name for name in MASKS if files):
            # Those of the others are missed when they are read.
            some = files[:SAMPLE] if masks.is_dir() else []
            if any(_ids_of(one, images, masks) for one in some):
                return Place(split, masks, images)
    return None


def _ids_of(
    image: pathlib.Path, images: pathlib.Path, masks: pathlib.Path
) -> pathlib.Path | None:
    """The file of ids of an image, in a folder of the same name if any."""
    folder = masks / image.parent.relative_to(images)
    for ending in ENDINGS:
        for suffix in (".png", ".tif", ".tiff"):
            path = folder / f"{image.stem}{ending}{suffix}"
            if path.is_file():
                return path
    return None


def read(place: Place, reading: Reading) -> Found:
    """Reads the objects of each image out of its ids.

    Id 0 is the background. All objects are of one class, `reading.class_name`.
    An image without ids is wrong: one that shows nothing has a file of zeros.

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: As `reading.report` does.
    """
    folder = place.images or place.annotations
    records = []
    for number, path in enumerate(image_files(folder, deep=True), start=1):
        try:
            size = reading.image_size(path)
            ids = _ids_of(path, folder, place.annotations)
            if ids is None:
                raise WrongEntry(
                    f"there are no ids of it in {place.annotations}"
                )
            runs = label_map_runs(read_label_map(ids, size))
        except WrongEntry as error:
            reading.report(f"{path}: {error}.")
            continue
        objects = [
            ObjectAnnotation.from_rle(one, 0, annotation_id=id_)
            for id_, one in runs.items()
        ]
        records.append(reading.record(number, path, size, objects, folder))
    return Found(records, {1: reading.class_name})


# === Writing ===


def write(
    records: Iterable[Record],
    categories: Mapping[int, str],
    root: pathlib.Path,
    split: str,
) -> Lost:
    """Writes the ids of each image of one split, counted from 1.

    A pixel has one id: of objects that overlap, the last is on top.

    Args:
        records: The images.
        categories: They get lost.
        root: The folder of the dataset.
        split: The folder of the split in it.

    Returns:
        What was lost: crowds, pixels that are covered, objects that are
        covered altogether, and classes if there are several.
    """
    lost: Lost = collections.Counter()
    folder = root / split
    for record, path in write_images(records, folder / "images"):
        objects = drawn_objects(record, lost)
        masks = ((at, one.mask) for at, one in enumerate(objects, start=1))
        ids = painted(masks, record.original_size, lost)
        if len(categories) > 1:
            lost["classes of objects"] += np.unique(ids[ids > 0]).size
        write_label_map(_map_path(path, folder), ids)
    return +lost


def _map_path(image: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    inside = image.relative_to(folder / "images").with_suffix(".png")
    return folder / "instances" / inside
