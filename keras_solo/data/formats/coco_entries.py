"""What stands in a COCO file, entry by entry, there and back."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import numpy as np

from keras_solo._printable import shown
from keras_solo.data.formats.checks import (
    WrongEntry,
    annotated_size,
    checked_area,
    checked_box,
    checked_polygons,
    clipped_box,
    polygons_extent,
    rle_extent,
)
from keras_solo.data.images import MAX_PIXELS
from keras_solo.data.masks import Segmentation, segmentation_area
from keras_solo.data.polygons import Box
from keras_solo.data.records import ObjectAnnotation
from keras_solo.data.run_lengths import RunLengths, rle_counts
from keras_solo.geometry.size import Size


class CocoImage(TypedDict):
    """An image in a COCO file."""

    id: int | str
    file_name: str
    height: int
    width: int


class CocoCategory(TypedDict):
    """A class in a COCO file."""

    id: int
    name: str


class CocoAnnotation(TypedDict):
    """An annotated object in a COCO file."""

    id: int | str
    image_id: int | str
    category_id: int
    bbox: list[float]
    area: float
    iscrowd: int
    segmentation: RunLengths | list[list[float]]


class CocoResult(TypedDict):
    """A found object, as `json.dump` and pycocotools take it."""

    image_id: int | str
    category_id: int
    segmentation: RunLengths
    bbox: list[float]
    score: float
    track_id: NotRequired[int]


class FoundAnnotation(CocoResult):
    """A result among the annotations of a file."""

    area: float
    id: int
    iscrowd: int


# === Reading ===


def entry_id(raw: object, key: str) -> int | str | None:
    """An id that can be looked up, or `None`."""
    id_ = raw.get(key) if isinstance(raw, dict) else None
    return id_ if isinstance(id_, int | str) else None


def read_image(
    raw: dict[str, object],
    folder: pathlib.Path | None,
    max_pixels: int = MAX_PIXELS,
) -> tuple[Size, str]:
    """Reads the size and the file name of an image.

    Args:
        raw: What stands in the file.
        folder: Where the image must be; None where there are no images.
        max_pixels: How many pixels it may have.

    Returns:
        (height, width) in pixels, and the file name.

    Raises:
        WrongEntry: If something is wrong with it.
    """
    file_name = raw.get("file_name")
    if folder is None and file_name is None:
        file_name = ""
    elif not isinstance(file_name, str) or not file_name:
        raise WrongEntry('it has no "file_name"')
    size = annotated_size(raw.get("height"), raw.get("width"), max_pixels)
    if folder is not None and not _is_file(folder / file_name):
        raise WrongEntry(f"there is no file {str(folder / file_name):.400}")
    return size, file_name


def _is_file(path: pathlib.Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long
        return False


def read_object(
    raw: object,
    annotation_id: int | str,
    sizes: Mapping[int | str, Size],
    labels: Mapping[int, int | None],
) -> tuple[int | str, ObjectAnnotation | None]:
    """Reads one annotation.

    Args:
        raw: What stands in the file.
        annotation_id: Its id there.
        sizes: (height, width) of each image, by its id.
        labels: The label of each category id, `None` for those left out.

    Returns:
        The image's id and the object, or `None` for a class left out.

    Raises:
        WrongEntry: If something is wrong with it.
    """
    if not isinstance(raw, dict):
        raise WrongEntry(f"expected an object, received {shown(raw)}")
    image_id = entry_id(raw, "image_id")
    if image_id is None or image_id not in sizes:
        raise WrongEntry(
            f"its image_id {shown(raw.get('image_id'))} is unknown, or that "
            "image was left out"
        )
    category_id = entry_id(raw, "category_id")
    if category_id not in labels:
        raise WrongEntry(
            f"its category_id {shown(raw.get('category_id'))} is unknown"
        )
    label = labels[category_id]  # type: ignore[index]
    if label is None:
        return image_id, None
    return image_id, _read_object(raw, annotation_id, label, sizes[image_id])


def _read_object(
    raw: dict[str, object], annotation_id: int | str, label: int, size: Size
) -> ObjectAnnotation:
    segmentation, box = _read_segmentation(raw.get("segmentation"), size)
    if raw.get("bbox") is not None:
        box = checked_box(raw["bbox"])
    if raw.get("area") is None:
        area = segmentation_area(segmentation, size)
    else:
        area = checked_area(raw["area"])
    return ObjectAnnotation(
        label=label,
        bbox=clipped_box(box, size),
        segmentation=segmentation,
        area=area,
        is_crowd=bool(raw.get("iscrowd", 0)),
        annotation_id=annotation_id,
    )


def _read_segmentation(
    segmentation: object, size: Size
) -> tuple[Segmentation, Box]:
    """The checked segmentation and its extent."""
    if not segmentation:
        raise WrongEntry("it has no segmentation")
    if isinstance(segmentation, dict):
        return _read_rle(segmentation, size)
    if not isinstance(segmentation, list):
        raise WrongEntry(
            "expected polygons or run lengths as its segmentation, received "
            f"{shown(segmentation)}"
        )
    polygons = checked_polygons(segmentation, size)
    return tuple(polygons), polygons_extent(polygons, size)


def _read_rle(
    segmentation: dict[str, object], size: Size
) -> tuple[RunLengths, Box]:
    rle_size, counts = segmentation.get("size"), segmentation.get("counts")
    if not isinstance(rle_size, list) or tuple(rle_size) != size:
        raise WrongEntry(
            f"its run lengths have the size {shown(rle_size)}, its image has "
            f"{list(size)} (height, width)"
        )
    box = rle_extent(counts, size)
    rle: RunLengths = {"size": list(size), "counts": counts}  # type: ignore[typeddict-item]
    return rle, box


# === Writing ===


def json_id(image_id: int | str) -> int | str:
    """An id that JSON can hold, where it is an integer of NumPy."""
    return int(image_id) if isinstance(image_id, np.integer) else image_id


def write_object(
    item: ObjectAnnotation, image_id: int | str, category_ids: Sequence[int]
) -> CocoAnnotation:
    """One annotation of a COCO file.

    Args:
        item: The object.
        image_id: The id of its image.
        category_ids: The category id of each label.
    """
    x1, y1, x2, y2 = item.bbox
    return {
        "id": item.annotation_id,
        "image_id": json_id(image_id),
        "category_id": category_ids[item.label],
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": item.area,
        "iscrowd": int(item.is_crowd),
        "segmentation": _json_segmentation(item.segmentation),
    }


def write_result(
    image_id: int | str,
    category_id: int,
    segmentation: RunLengths,
    box: Box,
    score: float,
    track_id: int | None = None,
) -> CocoResult:
    """One COCO result.

    Args:
        image_id: The id of its image.
        category_id: The id of its class.
        segmentation: Compressed run lengths of its mask, as text.
        box: xyxy in pixels.
        score: 0 to 1.
        track_id: The object of a video that it is, if that is known.
    """
    x1, y1, x2, y2 = box
    result: CocoResult = {
        "image_id": json_id(image_id),
        "category_id": category_id,
        "segmentation": segmentation,
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "score": score,
    }
    if track_id is not None:
        result["track_id"] = track_id
    return result


def _json_segmentation(
    segmentation: Segmentation,
) -> RunLengths | list[list[float]]:
    if not isinstance(segmentation, dict):
        return [np.asarray(part).tolist() for part in segmentation]
    counts = segmentation["counts"]
    if isinstance(counts, bytes):
        counts = counts.decode("ascii")
    elif not isinstance(counts, str):
        counts = rle_counts(counts).tolist()
    return {"size": list(segmentation["size"]), "counts": counts}
