"""Folders with COCO files in them, in the dialects of LVIS and Roboflow."""

from __future__ import annotations

import collections
import dataclasses
import pathlib
from collections.abc import Iterable, Mapping

from keras_solo._printable import shown
from keras_solo.data.formats import coco
from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.image_folders import folder_of
from keras_solo.data.formats.reading import Found, Place, Reading
from keras_solo.data.formats.sniffing import mentions
from keras_solo.data.formats.splits import json_files
from keras_solo.data.formats.writing import Lost, write_images
from keras_solo.data.records import Record

WORDS = (b'"annotations"', b'"images"', b'"categories"')
PANOPTIC = b'"segments_info"'
ROBOFLOW = "_annotations.coco"


def find(root: pathlib.Path) -> list[Place]:
    """The COCO files of instances.

    Args:
        root: The folder of the dataset.

    Returns:
        One place a file.
    """
    return [
        Place(path.parent.name if path.stem == ROBOFLOW else path.stem, path)
        for path in json_files(root)
        if mentions(path, *WORDS) and not mentions(path, PANOPTIC)
    ]


def read(place: Place, reading: Reading) -> Found:
    """Reads one file.

    LVIS names its images by their address, of which the last two parts are the
    file; Roboflow adds a category that stands for all others.

    Args:
        place: What `find` returned.
        reading: How to read it.

    Raises:
        AnnotationError: If it is no COCO file; and as `reading.report`.
    """
    path = place.annotations
    content = coco.read_file(path)
    content["images"] = [_named(raw) for raw in content["images"]]
    if path.stem == ROBOFLOW:
        content["categories"] = _without_group(content)
    names = [name for raw in content["images"] if (name := _name(raw))]
    folder = folder_of(names, path, reading)
    content["images"] = [
        raw for raw in content["images"] if _stays(raw, folder, path, reading)
    ]
    records, categories = coco.read_content(
        content,
        path,
        folder,
        report=reading.report,
        exif_orientation=reading.exif_orientation,
        max_pixels=reading.max_pixels,
    )
    return Found(records, categories)


def _name(raw: object) -> str | None:
    name = raw.get("file_name") if isinstance(raw, dict) else None
    return name if isinstance(name, str) else None


def _named(raw: object) -> object:
    """An image with a file name, out of its address if need be."""
    if not isinstance(raw, dict) or "file_name" in raw:
        return raw
    address = raw.get("coco_url")
    if not isinstance(address, str):
        return raw
    return {**raw, "file_name": "/".join(address.split("/")[-2:])}


def _without_group(content: dict[str, list[object]]) -> list[object]:
    """The categories without one that no object has, and others belong to."""
    used = {
        str(raw.get("category_id"))
        for raw in content["annotations"]
        if isinstance(raw, dict)
    }
    categories = content["categories"]
    groups = {
        str(raw.get("supercategory"))
        for raw in categories
        if isinstance(raw, dict)
    }
    return [
        raw
        for raw in categories
        if not isinstance(raw, dict)
        or str(raw.get("id")) in used
        or str(raw.get("name")) not in groups
    ]


def _stays(
    raw: object, folder: pathlib.Path, path: pathlib.Path, reading: Reading
) -> bool:
    """Reports an image that is outside the folder."""
    name = _name(raw)
    if name is not None and "\0" not in name:
        try:
            reading.inside(folder / name)
        except WrongEntry as error:
            reading.report(f"{path}: image {shown(name)}: {error}.")
            return False
    return True


# === Writing ===


def write(
    records: Iterable[Record],
    categories: Mapping[int, str],
    root: pathlib.Path,
    split: str,
) -> Lost:
    """Writes one split: `annotations/instances_SPLIT.json` and its images.

    Args:
        records: The images.
        categories: The name of each category id, label by label.
        root: The folder of the dataset.
        split: The folder of the images in it.

    Returns:
        Nothing is lost.
    """
    folder = root / split
    written = [
        dataclasses.replace(
            record, file_name=path.relative_to(folder).as_posix()
        )
        for record, path in write_images(records, folder)
    ]
    path = root / "annotations" / f"instances_{split}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    names, ids = list(categories.values()), list(categories)
    coco.write_file(path, coco.ground_truth(written, names, ids))
    return collections.Counter()
