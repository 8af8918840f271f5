"""Pascal VOC: `SegmentationObject` and `SegmentationClass`."""

from __future__ import annotations

import collections
import dataclasses
import functools
import pathlib
import struct
import zlib
from collections.abc import Iterable, Mapping

import numpy as np

from keras_solo._printable import shown
from keras_solo._whole_files import write_whole
from keras_solo.data.formats.checks import AnnotationError, WrongEntry
from keras_solo.data.formats.label_maps import check_map_size, read_label_map
from keras_solo.data.formats.objects import label_map_runs, runs_object
from keras_solo.data.formats.reading import (
    Found,
    Place,
    Reading,
    image_files,
)
from keras_solo.data.formats.writing import Lost, image_name, write_images
from keras_solo.data.masks import rasterize
from keras_solo.data.records import ObjectAnnotation, Record
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
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line.strip() for line in lines if line.strip()]
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


# === Writing ===


def write(
    records: Iterable[Record],
    categories: Mapping[int, str],
    root: pathlib.Path,
    split: str,
) -> Lost:
    """Writes the images of one split, their objects and classes, and its list.

    A pixel has one id: of objects that overlap, the last is on top.

    Args:
        records: The images.
        categories: The name of each category id, label by label.
        root: The folder of the dataset.
        split: What the list is called.

    Returns:
        What was lost: crowds, pixels that are covered, objects that are covered
        altogether, and those beyond 254 in an image.

    Raises:
        ValueError: If there are other classes than in the splits before, or
            more than 254.
    """
    lost: Lost = collections.Counter()
    _write_names(root / NAMES, list(categories.values()))
    stems = []
    for record in records:
        name = image_name(record).replace("/", "_")
        flat = dataclasses.replace(record, file_name=name)
        if pathlib.Path(name).stem in stems:
            continue  # An image that is repeated.
        for _, path in write_images([flat], root / IMAGES):
            maps = _maps(record, lost)
            for folder, ids in zip((OBJECTS, CLASSES), maps, strict=True):
                _write_palette(root / folder / f"{path.stem}.png", ids)
            stems.append(path.stem)
    (root / LISTS).mkdir(parents=True, exist_ok=True)
    for folder in (OBJECTS, CLASSES, IMAGES):
        (root / folder).mkdir(exist_ok=True)
    write_whole(root / LISTS / f"{split}.txt", "".join(f"{s}\n" for s in stems))
    return +lost


def _write_names(path: pathlib.Path, names: list[str]) -> None:
    if len(names) >= VOID:
        raise ValueError(
            f"Expected at most {VOID - 1} classes. Received: {len(names)}"
        )
    text = "".join(f"{name}\n" for name in ("_background_", *names))
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise ValueError(f"{path} has other classes.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)


def _maps(record: Record, lost: Lost) -> tuple[np.ndarray, np.ndarray]:
    """The ids of an image, counted from 1, and the class of each pixel."""
    lost["crowds"] += len(record.objects) - len(record.instances)
    lost["objects beyond 254"] += max(0, len(record.instances) - VOID + 1)
    ids = np.zeros(record.original_size, np.uint8)
    classes = np.zeros(record.original_size, np.uint8)
    kept = record.instances[: VOID - 1]
    for number, item in enumerate(kept, start=1):
        inside = rasterize(item.segmentation, record.original_size) != 0
        lost["covered pixels"] += int(np.count_nonzero(ids[inside]))
        ids[inside] = number
        classes[inside] = item.label + 1
    lost["covered objects"] += len(kept) - np.unique(ids[ids > 0]).size
    return ids, classes


def _write_palette(path: pathlib.Path, indices: np.ndarray) -> None:
    """A PNG of VOC's palette, which OpenCV does not write."""
    height, width = indices.shape
    colors = _colors()
    palette = np.stack([colors & 255, colors >> 8 & 255, colors >> 16], -1)
    rows = np.pad(indices, ((0, 0), (1, 0)))  # no filter
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes())),
        (b"IEND", b""),
    )
    data = [b"\x89PNG\r\n\x1a\n"]
    for kind, content in chunks:
        check = struct.pack(">I", zlib.crc32(kind + content))
        data += [struct.pack(">I", len(content)), kind, content, check]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, b"".join(data))
