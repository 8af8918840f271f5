"""COCO panoptic: JSON of segments, and a PNG of ids for each image."""

from __future__ import annotations

import collections
import json
import pathlib
from collections.abc import Iterable, Mapping

import cv2
import numpy as np

from keras_solo._printable import shown
from keras_solo._whole_files import write_whole
from keras_solo.data.formats.checks import AnnotationError, WrongEntry
from keras_solo.data.formats.coco import read_file
from keras_solo.data.formats.coco_categories import read_categories
from keras_solo.data.formats.image_folders import folder_of
from keras_solo.data.formats.label_maps import painted, read_label_map
from keras_solo.data.formats.objects import label_map_runs
from keras_solo.data.formats.reading import Found, Place, Reading
from keras_solo.data.formats.sniffing import mentions
from keras_solo.data.formats.splits import json_files
from keras_solo.data.formats.writing import (
    Lost,
    drawn_objects,
    write_images,
)
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.geometry.size import Size

WORDS = (b'"segments_info"', b'"annotations"', b'"images"', b'"categories"')


def find(root: pathlib.Path) -> list[Place]:
    """The JSON files of segments.

    Args:
        root: The folder of the dataset.

    Returns:
        One place a file.
    """
    return [
        Place(path.stem, path)
        for path in json_files(root)
        if mentions(path, *WORDS)
    ]


def read(place: Place, reading: Reading) -> Found:
    """Reads the things of one file; stuff is left out.

    The PNG of an image lies in a folder that is called like the JSON file.

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: If it is no such file; and as `reading.report`.
    """
    path = place.annotations
    content = read_file(path)
    stuff: set[object] = set()
    things = []
    for raw in content["categories"]:
        if isinstance(raw, dict) and raw.get("isthing", 1) == 0:
            if type(raw.get("id")) is int:
                stuff.add(raw["id"])
        else:
            things.append(raw)
    names = read_categories(things, path)
    labels = {id_: label for label, id_ in enumerate(names)}
    images = _images(content["images"], path)
    folder = folder_of(list(images.values()), path, reading)
    records = []
    for number, raw in enumerate(content["annotations"]):
        id_ = raw.get("image_id") if isinstance(raw, dict) else None
        try:
            if not isinstance(raw, dict) or type(id_) is not int:
                raise WrongEntry(f"expected an object, received {shown(raw)}")
            if id_ not in images:
                raise WrongEntry(f"its image {shown(id_)} is unknown")
            image = reading.inside(folder / images.pop(id_))
            size = reading.image_size(image)
            ids = _ids(raw.get("file_name"), path, size, reading)
            objects = _objects(raw.get("segments_info"), ids, labels, stuff)
        except WrongEntry as error:
            reading.report(f"{path}: annotation {number}: {error}.")
            continue
        records.append(reading.record(id_, image, size, objects, folder))
    return Found(records, names)


def _images(raw_images: list[object], path: pathlib.Path) -> dict[int, str]:
    """The file name of each image, by its id."""
    found = {}
    for raw in raw_images:
        id_ = raw.get("id") if isinstance(raw, dict) else None
        name = raw.get("file_name") if isinstance(raw, dict) else None
        if type(id_) is not int or not isinstance(name, str) or "\0" in name:
            raise AnnotationError(
                f"{path}: expected images with an id and a file_name. "
                f"Received: {shown(raw)}"
            )
        found[id_] = name
    return found


def _ids(
    name: object, path: pathlib.Path, size: Size, reading: Reading
) -> np.ndarray:
    """The segment of each pixel of an image."""
    if not isinstance(name, str) or not name or "\0" in name:
        raise WrongEntry(f"expected a file_name, received {shown(name)}")
    map_path = reading.inside(path.with_suffix("") / name)
    return read_label_map(map_path, size)


def _objects(
    segments: object,
    ids: np.ndarray,
    labels: Mapping[int, int],
    stuff: set[object],
) -> list[ObjectAnnotation]:
    """The things among the segments of an image."""
    if not isinstance(segments, list):
        raise WrongEntry(f"expected segments_info, received {shown(segments)}")
    runs = label_map_runs(ids)
    objects = []
    for raw in segments:
        id_ = raw.get("id") if isinstance(raw, dict) else None
        if not isinstance(raw, dict) or type(id_) is not int:
            raise WrongEntry(f"expected a segment, received {shown(raw)}")
        category = raw.get("category_id")
        if type(category) is not int:
            raise WrongEntry(f"segment {id_} is of category {shown(category)}")
        if category in stuff:
            continue
        if category not in labels or id_ not in runs:
            raise WrongEntry(
                f"segment {shown(id_)}: its category {shown(category)} is "
                "unknown, or no pixel is of it"
            )
        crowd = bool(raw.get("iscrowd", 0))
        label = labels[category]
        objects.append(ObjectAnnotation.from_rle(runs[id_], label, crowd, id_))
    return objects


# === Writing ===


def write(
    records: Iterable[Record],
    categories: Mapping[int, str],
    root: pathlib.Path,
    split: str,
) -> Lost:
    """Writes one split: JSON of segments, PNGs of ids, and the images.

    A pixel has one id: of objects that overlap, the last is on top. Crowds are
    below all others. There is no stuff.

    Args:
        records: The images.
        categories: The name of each category id, label by label.
        root: The folder of the dataset.
        split: The folder of the images in it.

    Returns:
        What was lost: pixels that are covered, and objects that are covered
        altogether.
    """
    lost: Lost = collections.Counter()
    category_ids = list(categories)
    images, annotations = [], []
    path = root / "annotations" / f"panoptic_{split}.json"
    for number, (record, image) in enumerate(
        write_images(records, root / split), start=1
    ):
        name = image.relative_to(root / split).as_posix()
        map_name = str(pathlib.PurePosixPath(name).with_suffix(".png"))
        ids, segments = _segments(record, category_ids, lost)
        _write_colors(path.with_suffix("") / map_name, ids)
        height, width = record.original_size
        images.append(
            {"id": number, "file_name": name, "height": height, "width": width}
        )
        annotations.append(
            {
                "image_id": number,
                "file_name": map_name,
                "segments_info": segments,
            }
        )
    content = {
        "images": images,
        "annotations": annotations,
        "categories": [
            {"id": id_, "name": name, "isthing": 1}
            for id_, name in categories.items()
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(content))
    return +lost


def _segments(
    record: Record, category_ids: list[int], lost: Lost
) -> tuple[np.ndarray, list[dict[str, object]]]:
    """The ids of an image, counted from 1, and what each of them is."""
    objects = list(drawn_objects(record, lost, crowds=True))
    masks = ((id_, one.mask) for id_, one in enumerate(objects, start=1))
    ids = painted(masks, record.original_size, lost)
    areas = np.bincount(ids.ravel(), minlength=len(objects) + 1).tolist()
    segments: list[dict[str, object]] = [
        {
            "id": id_,
            "category_id": category_ids[item.label],
            "iscrowd": int(item.is_crowd),
            "area": areas[id_],
        }
        for id_, (item, _) in enumerate(objects, start=1)
        if areas[id_]
    ]
    return ids, segments


def _write_colors(path: pathlib.Path, ids: np.ndarray) -> None:
    colors = np.stack([ids >> 16, ids >> 8 & 255, ids & 255], axis=-1)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = cv2.imencode(".png", colors.astype(np.uint8))[1]
    write_whole(path, data.tobytes())
