"""Cityscapes: `gtFine/SPLIT/CITY/*_gtFine_instanceIds.png`.

The id of a pixel is 1000 times its class and the number of the object in it, or
the class alone where objects could not be told apart.
"""

from __future__ import annotations

import collections
import dataclasses
import pathlib
from collections.abc import Iterable, Mapping

import numpy as np

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.label_maps import check_map_size, read_label_map
from keras_solo.data.formats.objects import label_map_runs, runs_object
from keras_solo.data.formats.reading import Found, Place, Reading
from keras_solo.data.formats.writing import (
    Lost,
    image_name,
    write_images,
    write_map,
)
from keras_solo.data.masks import rasterize
from keras_solo.data.records import ObjectAnnotation, Record

THINGS = {
    24: "person",
    25: "rider",
    26: "car",
    27: "truck",
    28: "bus",
    31: "train",
    32: "motorcycle",
    33: "bicycle",
}
IMAGES, MAPS = "leftImg8bit", "gtFine"
IMAGE, MAP = "_leftImg8bit.png", "_gtFine_instanceIds.png"
# So many ids a class has.
IDS = 1000


def find(root: pathlib.Path) -> list[Place]:
    """The splits in `gtFine`.

    Args:
        root: The folder of the dataset.

    Returns:
        One place a split that has instances.
    """
    folders = sorted(path for path in (root / MAPS).glob("*") if path.is_dir())
    return [
        Place(folder.name, folder, root / IMAGES / folder.name)
        for folder in folders
        if any(folder.glob(f"*/*{MAP}"))
    ]


def read(place: Place, reading: Reading) -> Found:
    """Reads the things of one split; regions of many of them are crowds.

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: As `reading.report` does.
    """
    folder = place.images or place.annotations
    labels = {id_: label for label, id_ in enumerate(THINGS)}
    records = []
    maps = sorted(place.annotations.glob(f"*/*{MAP}"))
    for number, path in enumerate(maps, start=1):
        stem = path.name.removesuffix(MAP)
        image = folder / path.parent.name / f"{stem}{IMAGE}"
        try:
            size = reading.image_size(image)
            ids = read_label_map(path, reading.max_pixels)
            check_map_size(ids, size, path)
        except WrongEntry as error:
            reading.report(f"{path}: {error}.")
            continue
        objects = _objects(ids, labels)
        records.append(reading.record(number, image, size, objects, folder))
    return Found(records, dict(THINGS))


def _objects(
    ids: np.ndarray, labels: Mapping[int, int]
) -> list[ObjectAnnotation]:
    objects = []
    for id_, runs in label_map_runs(ids).items():
        class_id = id_ // IDS if id_ >= IDS else id_
        if class_id in labels:
            made = runs_object(runs, labels[class_id], id_)
            crowd = id_ < IDS
            objects.append(dataclasses.replace(made, is_crowd=crowd))
    return objects


# === Writing ===


def write(
    records: Iterable[Record],
    categories: Mapping[int, str],
    root: pathlib.Path,
    split: str,
) -> Lost:
    """Writes the images and ids of one split, of a city called "all".

    A pixel has one id: of objects that overlap, the last is on top. Crowds are
    below all others.

    Args:
        records: The images.
        categories: Those that are no things of Cityscapes, by name, get lost.
        root: The folder of the dataset.
        split: What to call it.

    Returns:
        What was lost: objects of other classes, pixels that are covered, and
        objects that are covered altogether, or beyond 1000 of a class.
    """
    ids_of = {name: id_ for id_, name in THINGS.items()}
    names, lost = list(categories.values()), collections.Counter[str]()
    known = {
        label: ids_of[name]
        for label, name in enumerate(names)
        if name in ids_of
    }
    folder = root / IMAGES / split / "all"
    once = {record.image_id: record for record in records}
    for record in once.values():
        stem = pathlib.Path(image_name(record).replace("/", "_")).stem
        stem = stem.removesuffix(IMAGE.removesuffix(".png"))
        as_png = dataclasses.replace(
            record,
            file_name=f"{stem}{IMAGE}",
            image=record.load_image(),
            image_path=None,
        )
        for _, path in write_images([as_png], folder):
            ids = _ids(record, known, lost)
            name = path.name.removesuffix(IMAGE)
            write_map(root / MAPS / split / "all" / f"{name}{MAP}", ids)
    return +lost


def _ids(record: Record, known: Mapping[int, int], lost: Lost) -> np.ndarray:
    ids = np.zeros(record.original_size, np.int32)
    counts: Lost = collections.Counter()
    given = set()
    for item in sorted(record.objects, key=lambda item: not item.is_crowd):
        class_id = known.get(item.label)
        if class_id is None:
            lost["objects of other classes"] += 1
            continue
        id_ = class_id
        if not item.is_crowd:
            number = counts[str(class_id)]
            counts[str(class_id)] += 1
            if number >= IDS:
                lost["objects beyond 1000 of a class"] += 1
                continue
            id_ = IDS * class_id + number
        inside = rasterize(item.segmentation, record.original_size) != 0
        lost["covered pixels"] += int(np.count_nonzero(ids[inside]))
        ids[inside] = id_
        given.add(id_)
    lost["covered objects"] += len(given - set(np.unique(ids).tolist()))
    return ids
