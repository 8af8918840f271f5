"""Cityscapes: `gtFine/SPLIT/CITY/*_gtFine_instanceIds.png`.

The id of a pixel is 1000 times its class and the number of the object in it, or
the class alone where objects could not be told apart.
"""

from __future__ import annotations

import collections
import dataclasses
import pathlib
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.label_maps import (
    painted,
    read_label_map,
    write_label_map,
)
from keras_solo.data.formats.objects import label_map_runs
from keras_solo.data.formats.reading import Found, Place, Reading
from keras_solo.data.formats.writing import (
    Lost,
    drawn_objects,
    flat_name,
    write_images,
)
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
            ids = read_label_map(path, size)
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
            label, crowd = labels[class_id], id_ < IDS
            objects.append(ObjectAnnotation.from_rle(runs, label, crowd, id_))
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
    known = {
        label: ids_of[name]
        for label, name in enumerate(categories.values())
        if name in ids_of
    }
    lost: Lost = collections.Counter()
    folder, maps = (root / name / split / "all" for name in (IMAGES, MAPS))
    for record, path in write_images(map(_as_png, records), folder):
        masks = _numbered(record, known, lost)
        ids = painted(masks, record.original_size, lost)
        name = path.name.removesuffix(IMAGE)
        write_label_map(maps / f"{name}{MAP}", ids)
    return +lost


def _as_png(record: Record) -> Record:
    """An image under a name of Cityscapes."""
    stem = pathlib.Path(flat_name(record)).stem
    stem = stem.removesuffix(IMAGE.removesuffix(".png"))
    return dataclasses.replace(
        record,
        file_name=f"{stem}{IMAGE}",
        image=record.load_image(),
        image_path=None,
    )


def _numbered(
    record: Record, known: Mapping[int, int], lost: Lost
) -> Iterator[tuple[int, np.ndarray]]:
    """The id and the mask of each object."""
    counts: collections.Counter[int] = collections.Counter()
    for item, mask in drawn_objects(record, lost, crowds=True):
        class_id = known.get(item.label)
        if class_id is None:
            lost["objects of other classes"] += 1
        elif item.is_crowd:
            yield class_id, mask
        elif counts[class_id] < IDS:
            yield IDS * class_id + counts[class_id], mask
            counts[class_id] += 1
        else:
            lost["objects beyond 1000 of a class"] += 1
