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

from keras_solo._printable import printable, shown
from keras_solo._whole_files import write_whole
from keras_solo.data.formats.checks import AnnotationError, WrongEntry
from keras_solo.data.formats.label_maps import painted, read_label_map
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
    flat_name,
    write_images,
)
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
            objects = _objects(folder, stem, size, categories)
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
) -> list[ObjectAnnotation]:
    ids, classes = (
        indices(read_label_map(folder / name / f"{stem}.png", size))
        for name in (OBJECTS, CLASSES)
    )
    ids = np.where(ids == VOID, 0, ids)
    class_of = _classes(ids, classes)
    labels = {id_: label for label, id_ in enumerate(categories)}
    objects = []
    for id_, runs in label_map_runs(ids).items():
        if class_of[id_] not in labels:
            raise WrongEntry(
                f"object {id_} is of class {class_of[id_]}, which has no name"
            )
        label = labels[class_of[id_]]
        objects.append(
            ObjectAnnotation.from_rle(runs, label, annotation_id=id_)
        )
    return objects


def _classes(ids: np.ndarray, classes: np.ndarray) -> dict[int, int]:
    """The class of most pixels of each object."""
    inside = ids != 0
    pairs = np.stack([ids[inside], classes[inside]], axis=1)
    found, counts = np.unique(pairs, axis=0, return_counts=True)
    order = np.argsort(counts, kind="stable")
    return {int(id_): int(class_id) for id_, class_id in found[order]}


def indices(ids: np.ndarray) -> np.ndarray:
    """Entries of VOC's palette in place of their colours.

    Args:
        ids: What `read_label_map` returned. Colours that are not in the
            palette, and what is no colour, stay as they are.
    """
    if ids.dtype != np.int32:
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
    for folder in (OBJECTS, CLASSES, IMAGES, LISTS):
        (root / folder).mkdir(parents=True, exist_ok=True)
    stems = []
    for record, path in write_images(map(_flat, records), root / IMAGES):
        maps = _maps(record, lost)
        for folder, ids in zip((OBJECTS, CLASSES), maps, strict=True):
            _write_palette(root / folder / f"{path.stem}.png", ids)
        stems.append(path.stem)
    write_whole(root / LISTS / f"{split}.txt", "".join(f"{s}\n" for s in stems))
    return +lost


def _flat(record: Record) -> Record:
    return dataclasses.replace(record, file_name=flat_name(record))


def _write_names(path: pathlib.Path, names: list[str]) -> None:
    if len(names) >= VOID:
        raise ValueError(
            f"Expected at most {VOID - 1} classes. Received: {len(names)}"
        )
    safe = [printable(name) for name in names]
    text = "".join(f"{name}\n" for name in ("_background_", *safe))
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise ValueError(f"{path} has other classes.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)


def _maps(record: Record, lost: Lost) -> tuple[np.ndarray, np.ndarray]:
    """The ids of an image, counted from 1, and the class of each pixel."""
    objects = list(drawn_objects(record, lost))
    lost["objects beyond 254"] += max(0, len(objects) - VOID + 1)
    numbered = list(enumerate(objects[: VOID - 1], start=1))
    masks = ((id_, one.mask) for id_, one in numbered)
    ids = painted(masks, record.original_size, lost)
    classes = np.zeros(VOID, np.uint8)
    for id_, one in numbered:
        classes[id_] = one.item.label + 1
    return ids.astype(np.uint8), classes[ids]


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
