"""Pascal VOC: `SegmentationObject` and `SegmentationClass`."""

from __future__ import annotations

import functools
import pathlib

import numpy as np

from keras_solo._printable import shown
from keras_solo.data.formats.checks import AnnotationError, WrongEntry
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

OBJECTS, CLASSES, IMAGES = (
    *("SegmentationObject", "SegmentationClass", "JPEGImages"),
)
NAMES = "class_names.txt"
LISTS = "ImageSets/Segmentation"
# Of the challenges from 2007 on, behind the background.
VOC_CLASSES = (
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat"),
    *("chair", "cow", "diningtable", "dog", "horse", "motorbike", "person"),
    *("pottedplant", "sheep", "sofa", "train", "tvmonitor"),
)
# Of the borders between objects.
VOID = 255


def find(root: pathlib.Path) -> list[Place]:
    """The root, or folders in it, with `SegmentationObject`.

    Args:
        root: The folder of the dataset.

    Returns:
        A place for each list in `ImageSets/Segmentation`; without lists, one
        for the folder.
    """
    inside = sorted(path for path in root.iterdir() if path.is_dir())
    for folder in (root, *inside):
        if all((folder / name).is_dir() for name in (OBJECTS, CLASSES)):
            lists = sorted((folder / LISTS).glob("*.txt"))
            images = folder / IMAGES
            return [Place(path.stem, path, images) for path in lists] or [
                Place(folder.name, folder, images)
            ]
    return []


def read(place: Place, reading: Reading) -> Found:
    """Reads the images of a list, or all that have objects drawn.

    The class of an object is the one of most of its pixels. Classes are those
    of `class_names.txt`, the background first, or VOC's.

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: If the names are wrong; and as `reading.report`.
    """
    images = place.images or place.annotations
    folder = images.parent
    categories = _categories(folder)
    objects_of = folder / OBJECTS
    stems = [path.stem for path in image_files(objects_of)]
    if place.annotations.suffix == ".txt":
        stems = _listed(place.annotations)
    files = {path.stem: path for path in image_files(images)}
    records = []
    for number, stem in enumerate(stems, start=1):
        try:
            if stem not in files:
                raise WrongEntry(f"there is no image {shown(stem)} in {images}")
            path = files[stem]
            size = reading.image_size(path)
            objects = _objects(folder, stem, size, categories, reading)
        except WrongEntry as error:
            reading.report(f"{objects_of / stem!s:.400}: {error}.")
            continue
        records.append(reading.record(number, path, size, objects, images))
    return Found(records, categories)


def _listed(path: pathlib.Path) -> list[str]:
    try:
        words = (line.split() for line in path.read_text("utf-8").splitlines())
        return [line[0] for line in words if line]
    except (OSError, ValueError) as error:
        raise AnnotationError(f"{path}: cannot be read: {error}.") from error


def _categories(folder: pathlib.Path) -> dict[int, str]:
    path = folder / NAMES
    if not path.is_file():
        return dict(enumerate(VOC_CLASSES, start=1))
    try:
        names = path.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise AnnotationError(f"{path}: cannot be read: {error}.") from error
    found = {i: name.strip() for i, name in enumerate(names) if name.strip()}
    found.pop(0, None)
    if not found or len(set(found.values())) < len(found):
        raise AnnotationError(
            f"{path}: expected the background and then different names, one a "
            f"line. Received: {shown(names)}"
        )
    return found


def _objects(
    folder: pathlib.Path,
    stem: str,
    size: Size,
    categories: dict[int, str],
    reading: Reading,
) -> list[ObjectAnnotation]:
    maps = []
    for name in (OBJECTS, CLASSES):
        path = folder / name / f"{stem}.png"
        ids = read_label_map(path, reading.max_pixels)
        check_map_size(ids, size, path)
        maps.append(indices(ids))
    ids, classes = maps
    ids[ids == VOID] = 0
    labels = {id_: label for label, id_ in enumerate(categories)}
    objects = []
    for id_, runs in label_map_runs(ids).items():
        class_ids, counts = np.unique(classes[ids == id_], return_counts=True)
        class_id = int(class_ids[counts.argmax()])
        if class_id not in labels:
            raise WrongEntry(
                f"object {id_} is of class {class_id}, which has no name"
            )
        objects.append(runs_object(runs, labels[class_id], id_))
    return objects


def indices(ids: np.ndarray) -> np.ndarray:
    """Entries of VOC's palette in place of their colours.

    Args:
        ids: What `read_label_map` returned. Colours that are not in the
            palette, and numbers, stay as they are.
    """
    if ids.max(initial=0) < 256 and not np.isin(ids, _colors()).all():
        return ids
    order = np.argsort(_colors())
    place = np.searchsorted(_colors()[order], ids).clip(max=255)
    known = _colors()[order][place] == ids
    return np.where(known, order[place], ids).astype(np.int32)


@functools.cache
def _colors() -> np.ndarray:
    """The 256 colours of VOC's palette: bits of the index, spread out."""
    colors = np.zeros(256, np.int64)
    for channel in range(3):
        value = np.zeros(256, np.int64)
        for step in range(8):
            bit = np.arange(256) >> (3 * step + channel) & 1
            value |= bit << (7 - step)
        colors |= value << (8 * channel)
    return colors
