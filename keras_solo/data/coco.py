"""COCO annotation files to records: checked once, at this door."""

from __future__ import annotations

import concurrent.futures
import json
import math
import os
import pathlib
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_solo.data.dataset import (
    InstanceDataset,
    ObjectAnnotation,
    Record,
    checked_index,
)
from keras_solo.data.images import ImageError
from keras_solo.data.masks import mask_area, rle_counts
from keras_solo.geometry.size import Size

ADVICE = 'Correct the file, or pass on_error="skip" to leave out what is wrong.'


# How far outside its image a polygon may reach, in sides of the image.
# Pycocotools draws along every pixel of an edge, and overflows.
FARTHEST = 20


class AnnotationError(ValueError):
    """Something in an annotation file is wrong; the message says where."""


class CocoDataset(InstanceDataset):
    """Images and instance annotations in the format of COCO.

    Everything is checked when the dataset is made, so that training does not
    stop at night: numbers that are NaN or infinite, unknown categories and
    images, missing or impossible segmentations, empty boxes and areas,
    objects outside their image, missing files. Objects that are partly
    outside are clipped. Images without objects are kept: a model learns from
    them what is background.

    Args:
        annotations: The JSON file.
        images: The folder that the file names in it start from.
        class_names: The classes to keep, in the order of their labels, for a
            validation file whose categories differ from the training file's
            (`class_names=train.class_names`). Annotations of other categories
            are left out. By default all categories, in the order of their
            ids.
        on_error: `"raise"` stops at the first error. `"skip"` leaves out
            the annotations and images that are wrong, warns once, and keeps
            what was wrong with each in `skipped`. The reference's loader
            leaves out empty boxes and areas silently.
        check_images: Whether to decode each image file once to see that it
            is complete and of the annotated size, which takes as long as
            reading the dataset once. By default only with `"skip"`. That the
            files exist is always checked.

    Raises:
        AnnotationError: Names the file, the annotation and what is wrong.

    Example:

    >>> import tempfile
    >>> from keras_solo.data import ShapesDataset
    >>> folder = tempfile.mkdtemp()
    >>> _ = ShapesDataset(num_images=3).write(folder)
    >>> dataset = CocoDataset(f"{folder}/annotations.json", f"{folder}/images")
    >>> len(dataset), dataset.class_names
    (3, ('circle', 'rectangle', 'triangle'))
    >>> dataset[0].load_image().shape
    (128, 128, 3)
    """

    def __init__(
        self,
        annotations: str | os.PathLike[str],
        images: str | os.PathLike[str],
        class_names: Iterable[str] | None = None,
        on_error: str = "raise",
        check_images: bool | None = None,
    ) -> None:
        if on_error not in ("raise", "skip"):
            raise ValueError(
                'Expected on_error to be "raise" or "skip". '
                f"Received: {on_error!r}"
            )
        self.annotations = pathlib.Path(annotations)
        self.images = pathlib.Path(images)
        self.skipped: list[str] = []
        self._on_error = on_error
        content = read_coco_file(self.annotations)
        names, labels = _labels(content["categories"], self.annotations)
        if class_names is not None:
            names, labels = self._select(names, labels, tuple(class_names))
        super().__init__(names.values(), names.keys())
        self._records = self._read(content, labels)
        if check_images or (check_images is None and on_error == "skip"):
            self.check_images()
        self._warn()

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> Record:
        return self._records[checked_index(index, len(self))]

    def check_images(self, workers: int = 4) -> None:
        """Decodes each image once; raises or skips those that are damaged.

        Args:
            workers: Threads.
        """
        kept = []
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            problems = pool.map(_image_problem, self._records)
            for record, problem in zip(self._records, problems, strict=True):
                if problem:
                    self._report(f"image {record.image_id!r}: {problem}")
                else:
                    kept.append(record)
        self._records = kept

    # === Reading ===

    def _read(
        self, content: dict[str, Any], labels: dict[Any, int | None]
    ) -> list[Record]:
        images = self._read_images(content["images"])
        objects: dict[Any, list[ObjectAnnotation]] = {id_: [] for id_ in images}
        seen: set[Any] = set()
        for number, raw in enumerate(content["annotations"]):
            id_ = _id_of(raw, "id", number)
            try:
                if id_ in seen:
                    raise _Wrong("another annotation has the same id")
                seen.add(id_)
                image_id, item = _read_object(raw, id_, images, labels)
            except _Wrong as error:
                self._report(f"annotation {id_!r}: {error}")
                continue
            if item is not None:
                objects[image_id].append(item)
        return [
            Record(
                image_id=id_,
                original_size=size,
                objects=tuple(objects[id_]),
                image_path=self.images / file_name,
                file_name=file_name,
            )
            for id_, (size, file_name) in images.items()
        ]

    def _read_images(
        self, raw_images: list[Any]
    ) -> dict[Any, tuple[Size, str]]:
        found: dict[Any, tuple[Size, str]] = {}
        for number, raw in enumerate(raw_images):
            id_ = _id_of(raw, "id", None)
            try:
                if id_ is None:
                    raise _Wrong("it has no id")
                if id_ in found:
                    raise _Wrong("another image has the same id")
                image = _read_image(raw)
                if not (self.images / image[1]).is_file():
                    raise _Wrong(f"there is no file {self.images / image[1]}")
            except _Wrong as error:
                name = f"number {number}" if id_ is None else repr(id_)
                self._report(f"image {name}: {error}")
                continue
            found[id_] = image
        return found

    def _select(
        self,
        names: dict[int, str],
        labels: dict[Any, int | None],
        class_names: tuple[str, ...],
    ) -> tuple[dict[int, str], dict[Any, int | None]]:
        if len(set(class_names)) != len(class_names) or not class_names:
            raise ValueError(
                "Expected class names that differ from one another. "
                f"Received: class_names={class_names}"
            )
        ids = {name: id_ for id_, name in names.items()}
        missing = [name for name in class_names if name not in ids]
        if missing:
            warnings.warn(
                f"{self.annotations} has no category named "
                f"{', '.join(missing)}; it has {', '.join(ids)}.",
                stacklevel=3,
            )
        free = max(names, default=0) + 1
        for offset, name in enumerate(missing):
            ids[name] = free + offset
        chosen = {ids[name]: name for name in class_names}
        order = {id_: label for label, id_ in enumerate(chosen)}
        return chosen, {id_: order.get(id_) for id_ in labels}

    # === Errors ===

    def _report(self, message: str) -> None:
        message = f"{self.annotations}: {message}."
        if self._on_error == "raise":
            raise AnnotationError(f"{message} {ADVICE}")
        self.skipped.append(message)

    def _warn(self) -> None:
        if self.skipped:
            warnings.warn(
                f"{self.annotations}: left out {len(self.skipped)} "
                "annotations and images that are wrong; see "
                f"`dataset.skipped`. The first: {self.skipped[0]}",
                stacklevel=3,
            )


class _Wrong(Exception):
    """What is wrong with one entry; the dataset adds where."""


def read_coco_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads a COCO file and checks that it is one.

    Args:
        path: The JSON file.

    Returns:
        Its content, with the lists "images", "annotations", "categories".

    Raises:
        AnnotationError: If the file is missing, no JSON, or not COCO.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AnnotationError(f"{path}: cannot be read: {reason}.") from error
    except ValueError as error:
        raise AnnotationError(f"{path}: not valid JSON: {error}.") from error
    for key in ("images", "annotations", "categories"):
        if not isinstance(content, dict) or key not in content:
            raise AnnotationError(
                f"{path}: not a COCO instances file: expected an object with "
                f'the lists "images", "annotations" and "categories"; "{key}" '
                "is missing."
            )
        if not isinstance(content[key], list):
            raise AnnotationError(f'{path}: "{key}" is not a list.')
    return content


def _labels(
    categories: list[Any], path: pathlib.Path
) -> tuple[dict[int, str], dict[Any, int | None]]:
    """Category id to name and category id to label, in the order of ids."""
    try:
        pairs = sorted((int(raw["id"]), str(raw["name"])) for raw in categories)
    except (KeyError, TypeError, ValueError) as error:
        raise AnnotationError(
            f'{path}: expected categories with an integer "id" and a "name". '
            f"Received: {str(categories)[:200]}"
        ) from error
    names = dict(pairs)
    if len(names) < len(pairs) or len(set(names.values())) < len(pairs):
        raise AnnotationError(
            f"{path}: categories share an id or a name: {pairs}."
        )
    return names, {id_: label for label, id_ in enumerate(names)}


def _read_image(raw: dict[str, Any]) -> tuple[Size, str]:
    file_name = raw.get("file_name")
    if not isinstance(file_name, str) or not file_name:
        raise _Wrong('it has no "file_name"')
    height, width = raw.get("height"), raw.get("width")
    if not _is_side(height) or not _is_side(width):
        raise _Wrong(
            f"expected a positive height and width, received {height!r} and "
            f"{width!r}"
        )
    return (int(height), int(width)), file_name  # type: ignore[arg-type]


def _id_of(raw: Any, key: str, default: Any) -> Any:
    """An id that can be looked up, or the default."""
    id_ = raw.get(key) if isinstance(raw, dict) else None
    return id_ if isinstance(id_, int | str) else default


def _is_side(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value >= 1
        and value == int(value)
    )


# === One annotation ===


def _read_object(
    raw: Any,
    annotation_id: int | str,
    images: dict[Any, tuple[Size, str]],
    labels: dict[Any, int | None],
) -> tuple[Any, ObjectAnnotation | None]:
    """The image's id and the object, or `None` for a class left out."""
    if not isinstance(raw, dict):
        raise _Wrong(f"expected an object, received {raw!r}")
    image_id = _id_of(raw, "image_id", None)
    if image_id not in images:
        raise _Wrong(
            f"its image_id {raw.get('image_id')!r} is unknown, or that image "
            "was left out"
        )
    category_id = _id_of(raw, "category_id", None)
    if category_id not in labels:
        raise _Wrong(f"its category_id {raw.get('category_id')!r} is unknown")
    label = labels[category_id]
    if label is None:
        return image_id, None
    size = images[image_id][0]
    segmentation, extent = _read_segmentation(raw, size)
    if raw.get("bbox") is not None:
        extent = _read_box(raw["bbox"])
    if raw.get("area") is None:
        area = mask_area(segmentation, size)
    else:
        area = _read_area(raw["area"])
    return image_id, ObjectAnnotation(
        label=label,
        bbox=_clip(extent, size),
        segmentation=segmentation,
        area=area,
        is_crowd=bool(raw.get("iscrowd", 0)),
        annotation_id=annotation_id,
    )


Box = tuple[float, float, float, float]


def _read_segmentation(raw: dict[str, Any], size: Size) -> tuple[Any, Box]:
    """The checked segmentation and its extent (xyxy)."""
    segmentation = raw.get("segmentation")
    if not segmentation:
        raise _Wrong("it has no segmentation")
    if isinstance(segmentation, dict):
        return _read_rle(segmentation, size)
    if not isinstance(segmentation, list):
        raise _Wrong(
            "expected polygons or run lengths as its segmentation, received "
            f"{segmentation!r}"
        )
    polygons = tuple(
        _read_polygon(part, number, size)
        for number, part in enumerate(segmentation)
    )
    points = np.concatenate(polygons).reshape(-1, 2)
    (x1, y1), (x2, y2) = points.min(axis=0), points.max(axis=0)
    if x2 <= 0 or y2 <= 0 or x1 >= size[1] or y1 >= size[0]:
        raise _Wrong(
            f"its polygons are outside the image of {size[0]} x {size[1]} "
            "pixels (height x width)"
        )
    return polygons, (float(x1), float(y1), float(x2), float(y2))


def _read_polygon(part: Any, number: int, size: Size) -> np.ndarray:
    if not isinstance(part, list) or len(part) < 6 or len(part) % 2:
        what = f"{len(part)} numbers" if isinstance(part, list) else repr(part)
        raise _Wrong(
            f"polygon {number} needs at least three points (six numbers, an "
            f"even count), received {what}"
        )
    try:
        polygon = np.asarray(part, np.float64)
    except (TypeError, ValueError):
        polygon = np.zeros(0)
    if polygon.ndim != 1 or len(polygon) != len(part):
        raise _Wrong(f"polygon {number} holds something that is no number")
    if not np.isfinite(polygon).all():
        raise _Wrong(f"polygon {number} has NaN or infinite coordinates")
    sides = np.array([size[1], size[0]])
    distance = np.abs(polygon.reshape(-1, 2) - sides / 2) - sides / 2
    if (distance > FARTHEST * sides).any():
        raise _Wrong(
            f"polygon {number} is farther than {FARTHEST} image sides outside "
            f"the image of {size[0]} x {size[1]} pixels (height x width)"
        )
    return polygon


def _read_rle(
    segmentation: dict[str, Any], size: Size
) -> tuple[dict[str, Any], Box]:
    rle_size, counts = segmentation.get("size"), segmentation.get("counts")
    if not isinstance(rle_size, list) or tuple(rle_size) != size:
        raise _Wrong(
            f"its run lengths have the size {rle_size!r}, its image has "
            f"{list(size)} (height, width)"
        )
    try:
        runs = np.array(rle_counts(counts), np.int64)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise _Wrong("its run lengths cannot be read") from error
    total = int(runs.sum())
    if (runs < 0).any() or total != size[0] * size[1]:
        raise _Wrong(
            f"its run lengths add up to {total} pixels, its image has "
            f"{size[0] * size[1]}"
        )
    if not runs[1::2].any():
        raise _Wrong("its run lengths are an empty mask")
    rle = {"size": list(size), "counts": counts}
    return rle, _rle_extent(runs, size[0])


def _rle_extent(runs: np.ndarray, height: int) -> Box:
    """Tight xyxy box of run lengths, which go down the columns."""
    ends = np.cumsum(runs)
    starts, stops = (ends - runs)[1::2], ends[1::2] - 1
    filled = runs[1::2] > 0
    starts, stops = starts[filled], stops[filled]
    x1, x2 = starts[0] // height, stops[-1] // height
    if (starts // height != stops // height).any():
        # Such a run holds the last row of one column, the first of the next.
        y1, y2 = 0, height - 1
    else:
        y1, y2 = (starts % height).min(), (stops % height).max()
    return float(x1), float(y1), float(x2 + 1), float(y2 + 1)


def _read_box(box: Any) -> Box:
    try:
        x, y, width, height = (float(value) for value in box)
    except (TypeError, ValueError):
        raise _Wrong(
            f"expected a bbox of four numbers, received {box!r}"
        ) from None
    if not all(math.isfinite(v) for v in (x, y, width, height)):
        raise _Wrong(f"its bbox {box!r} has NaN or infinite numbers")
    if width <= 0 or height <= 0:
        raise _Wrong(f"its bbox {box!r} has no width or no height")
    return x, y, x + width, y + height


def _read_area(area: Any) -> float:
    try:
        value = float(area)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value) or value <= 0:
        raise _Wrong(f"its area is {area!r}; expected a positive number")
    return value


def _clip(box: Box, size: Size) -> Box:
    height, width = size
    x1, x2 = (min(max(x, 0.0), float(width)) for x in (box[0], box[2]))
    y1, y2 = (min(max(y, 0.0), float(height)) for y in (box[1], box[3]))
    if x2 <= x1 or y2 <= y1:
        raise _Wrong(
            f"its box {list(box)} (xyxy) is outside the image of "
            f"{height} x {width} pixels (height x width), or empty"
        )
    return x1, y1, x2, y2


def _image_problem(record: Record) -> str | None:
    try:
        record.load_image()
    except ImageError as error:
        return str(error).rstrip(".")
    return None
