"""COCO files: read to records, checked once at this door; and written."""

from __future__ import annotations

import array
import json
import os
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypedDict

from keras_solo._printable import shown
from keras_solo._whole_files import write_whole
from keras_solo.data.formats.checks import (
    AnnotationError,
    WrongEntry,
    raise_error,
)
from keras_solo.data.formats.coco_categories import (
    choose_categories,
    read_categories,
)
from keras_solo.data.formats.coco_entries import (
    CocoAnnotation,
    CocoCategory,
    CocoImage,
    CocoResult,
    FoundAnnotation,
    entry_id,
    json_id,
    read_image,
    read_object,
    write_object,
)
from keras_solo.data.formats.json_file import read_json
from keras_solo.data.images import MAX_PIXELS
from keras_solo.data.masks import compressed, rle_area
from keras_solo.data.object_columns import ObjectColumns
from keras_solo.data.packed_records import PackedRecords
from keras_solo.data.records import Record
from keras_solo.geometry.size import Size

LISTS = ("images", "annotations", "categories")


class CocoContent(TypedDict):
    """The content of a COCO annotation file."""

    info: dict[str, object]
    images: list[CocoImage]
    annotations: list[CocoAnnotation]
    categories: list[CocoCategory]


class CocoResults(TypedDict):
    """COCO results in the format of an annotation file."""

    images: list[dict[str, object]]
    categories: list[CocoCategory]
    annotations: list[FoundAnnotation]


# === Reading ===


def read(
    annotations: str | os.PathLike[str],
    images: str | os.PathLike[str] | None,
    class_names: Iterable[str] | None = None,
    report: Callable[[str], None] = raise_error,
    exif_orientation: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> tuple[PackedRecords, dict[int, str]]:
    """Reads a COCO file and checks everything in it.

    Args:
        annotations: The JSON file.
        images: The folder that the file names in it start from, or None where
            there are no images.
        class_names: The classes to keep, in the order of their labels. By
            default all categories, in the order of their ids.
        report: Called with what is wrong with an image or an annotation,
            which is then left out.
        exif_orientation: Whether the annotations are of images that are
            turned as their EXIF tags say.
        max_pixels: Images that are said to be larger are wrong.

    Returns:
        The records, and the name of each category id, label by label.

    Raises:
        AnnotationError: If the file is missing, no JSON, or not COCO; and
            unless `report` does something else, at the first wrong entry.
    """
    path = pathlib.Path(annotations)
    content = read_file(path)
    return read_content(
        *(content, path, None if images is None else pathlib.Path(images)),
        class_names,
        *(report, exif_orientation, max_pixels),
    )


def read_content(
    content: Mapping[str, list[object]],
    path: pathlib.Path,
    folder: pathlib.Path | None,
    class_names: Iterable[str] | None = None,
    report: Callable[[str], None] = raise_error,
    exif_orientation: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> tuple[PackedRecords, dict[int, str]]:
    """As `read`, of what `read_file` returned for a path."""
    known = read_categories(content["categories"], path)
    chosen = known
    if class_names is not None:
        chosen = choose_categories(known, tuple(class_names), path)
    order = {id_: label for label, id_ in enumerate(chosen)}
    labels = {id_: order.get(id_) for id_ in known}

    def wrong(what: str) -> None:
        report(f"{path}: {what}.")

    found = _read_images(content["images"], folder, wrong, max_pixels)
    sizes = {id_: size for id_, (size, _) in found.items()}
    objects, owners = _read_objects(
        content["annotations"], sizes, labels, wrong
    )
    images = [
        Record(
            image_id=id_,
            original_size=size,
            image_path=None if folder is None else folder / file_name,
            file_name=file_name,
            exif_orientation=exif_orientation,
            max_pixels=max_pixels,
        )
        for id_, (size, file_name) in found.items()
    ]
    return PackedRecords(images, objects, owners), chosen


def read_file(path: str | os.PathLike[str]) -> dict[str, list[object]]:
    """Reads a COCO file and checks that it is one.

    Args:
        path: The JSON file.

    Returns:
        Its content, with the lists "images", "annotations", "categories".

    Raises:
        AnnotationError: If the file is missing, no JSON, or not COCO.
    """
    content = read_json(path)
    lists = content if isinstance(content, dict) else {}
    for key in LISTS:
        if key not in lists:
            raise AnnotationError(
                f"{path}: not a COCO instances file: expected an object with "
                f'the lists "images", "annotations" and "categories"; "{key}" '
                "is missing."
            )
        if not isinstance(lists[key], list):
            raise AnnotationError(f'{path}: "{key}" is not a list.')
    return lists


def _read_images(
    raw_images: Sequence[object],
    folder: pathlib.Path | None,
    wrong: Callable[[str], None],
    max_pixels: int,
) -> dict[int | str, tuple[Size, str]]:
    """(height, width) and file name of each image, by its id."""
    found: dict[int | str, tuple[Size, str]] = {}
    for number, raw in enumerate(raw_images):
        id_ = entry_id(raw, "id")
        try:
            if id_ is None or not isinstance(raw, dict):
                raise WrongEntry("it has no id")
            if id_ in found:
                raise WrongEntry("another image has the same id")
            found[id_] = read_image(raw, folder, max_pixels)
        except WrongEntry as error:
            name = f"number {number}" if id_ is None else shown(id_)
            wrong(f"image {name}: {error}")
    return found


def _read_objects(
    raw_annotations: Sequence[object],
    sizes: Mapping[int | str, Size],
    labels: Mapping[int, int | None],
    wrong: Callable[[str], None],
) -> tuple[ObjectColumns, Sequence[int]]:
    """The objects, and for each the place of its image in `sizes`."""
    places = {id_: place for place, id_ in enumerate(sizes)}
    objects, owners = ObjectColumns(), array.array("q")
    seen: set[int | str] = set()
    for number, raw in enumerate(raw_annotations):
        id_ = entry_id(raw, "id")
        id_ = number if id_ is None else id_
        try:
            if id_ in seen:
                raise WrongEntry("another annotation has the same id")
            seen.add(id_)
            image_id, item = read_object(raw, id_, sizes, labels)
        except WrongEntry as error:
            wrong(f"annotation {shown(id_)}: {error}")
            continue
        if item is not None:
            objects.append(item)
            owners.append(places[image_id])
    return objects, owners


# === Writing ===


def write_file(
    path: str | os.PathLike[str], content: CocoContent | CocoResults
) -> None:
    """Writes what `ground_truth` or `results_content` made.

    Args:
        path: The JSON file.
        content: What it gets.

    Raises:
        OSError: If it cannot be written; what was there stays.
    """
    write_whole(path, json.dumps(content))


def ground_truth(
    records: Iterable[Record],
    class_names: Sequence[str],
    category_ids: Sequence[int],
) -> CocoContent:
    """Records as the content of a COCO file, crowds kept as crowds.

    Annotation ids are kept where they are positive integers that differ, as
    pycocotools needs them, and are counted from 1 otherwise.

    Args:
        records: The images. One that is repeated is written once.
        class_names: The name of each label.
        category_ids: The category id of each label.
    """
    images: dict[int | str, CocoImage] = {}
    annotations: list[CocoAnnotation] = []
    for record in records:
        if record.image_id in images:
            continue
        images[record.image_id] = {
            "id": json_id(record.image_id),
            "file_name": record.file_name or f"{record.image_id}.png",
            "height": record.original_size[0],
            "width": record.original_size[1],
        }
        annotations += [
            write_object(item, record.image_id, category_ids)
            for item in record.objects
        ]
    _renumber(annotations)
    return {
        "info": {},
        "images": list(images.values()),
        "annotations": annotations,
        "categories": _categories(class_names, category_ids),
    }


def results_content(
    images: Iterable[Mapping[str, object]],
    results: Iterable[CocoResult],
    class_names: Sequence[str],
    category_ids: Sequence[int],
) -> CocoResults:
    """Results in the format of a COCO annotation file, with scores.

    Args:
        images: A description of each image: its "id", and what else the file
            should say ("file_name", "height", "width").
        results: What `Instances.to_coco` returns for these images. A mask
            without a pixel says nothing and is left out.
        class_names: The name of each label.
        category_ids: The category id of each label.

    Returns:
        "images", "categories", and "annotations", counted from 1.
    """
    annotations: list[FoundAnnotation] = []
    for result in results:
        area = rle_area(compressed(result["segmentation"]))
        if area:
            annotations.append(
                {
                    **result,
                    "area": area,
                    "id": len(annotations) + 1,
                    "iscrowd": 0,
                }
            )
    return {
        "images": [dict(image) for image in images],
        "categories": _categories(class_names, category_ids),
        "annotations": annotations,
    }


def _categories(
    class_names: Sequence[str], category_ids: Sequence[int]
) -> list[CocoCategory]:
    return [
        {"id": id_, "name": name}
        for id_, name in zip(category_ids, class_names, strict=True)
    ]


def _renumber(annotations: list[CocoAnnotation]) -> None:
    ids = [item["id"] for item in annotations]
    usable = all(isinstance(id_, int) and id_ > 0 for id_ in ids)
    if not usable or len(set(ids)) != len(ids):
        for number, item in enumerate(annotations, start=1):
            item["id"] = number
