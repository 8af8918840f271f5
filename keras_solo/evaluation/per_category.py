"""One category at a time, so that memory holds an evaluation of no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from keras_solo.data.masks import compressed, rle_area
from keras_solo.evaluation.evaluators import (
    IOU_THRESHOLDS,
    RECALL_THRESHOLDS,
    Evaluator,
    Part,
)
from keras_solo.evaluation.ground_truth import GroundTruth, Id, TrueObject
from keras_solo.evaluation.ranges import COCO_RANGES, Ranges

IMAGES_AT_ONCE = 256


class Accumulated(NamedTuple):
    """Precision and recall; -1 is what there is no annotation for.

    `precision` has the axes IoU, recall, category, area and detections an
    image; `recall` the same without recall.
    """

    precision: np.ndarray
    recall: np.ndarray


def accumulated(
    truth: GroundTruth,
    results: Sequence[Mapping[str, object]],
    places: Mapping[Id, Sequence[int]],
    iou_type: str,
    evaluator: Evaluator,
    ranges: Ranges = COCO_RANGES,
) -> Accumulated:
    """Precision and recall of every category.

    Args:
        truth: The ground truth.
        results: COCO results.
        places: Where the results of each category are.
        iou_type: `"mask"` or `"box"`.
        evaluator: Who computes them.
        ranges: Over which sizes, and with how many detections an image.

    Returns:
        `Accumulated`, categories in the order of `truth.category_names`.
    """
    sizes, counts = len(ranges.areas), len(ranges.detections)
    shape = len(truth.category_names), sizes, counts
    precision = np.full((IOU_THRESHOLDS, RECALL_THRESHOLDS, *shape), -1.0)
    recall = np.full((IOU_THRESHOLDS, *shape), -1.0)
    for number, category_id in enumerate(truth.category_names):
        objects = truth.objects[category_id]
        if objects:
            parts = _parts(
                truth, objects, results, places[category_id], iou_type
            )
            figures = evaluator(parts, iou_type, ranges)
            precision[:, :, number] = figures["precision"][:, :, 0]
            recall[:, number] = figures["recall"][:, 0]
    return Accumulated(precision, recall)


def _parts(
    truth: GroundTruth,
    objects: Sequence[TrueObject],
    results: Sequence[Mapping[str, Any]],
    places: Sequence[int],
    iou_type: str,
) -> Iterator[Part]:
    """What there is of one category, some images at a time."""
    at_object = at_result = 0
    for first in range(0, len(truth.sizes), IMAGES_AT_ONCE):
        beyond = first + IMAGES_AT_ONCE
        part = Part([], [], [])
        while at_object < len(objects) and objects[at_object].image < beyond:
            entry = _true_entry(objects[at_object], truth, iou_type)
            at_object += 1
            part.annotated.append({"id": at_object, **entry})
        while at_result < len(places):
            result = results[places[at_result]]
            if truth.places[result["image_id"]] >= beyond:
                break
            at_result += 1
            entry = _found_entry(result, truth, iou_type)
            part.found.append({"id": at_result, **entry})
        part.images.extend(_image_entries(truth, part))
        yield part


def _image_entries(truth: GroundTruth, part: Part) -> list[dict[str, int]]:
    """The images that something is in; evaluators count them from 1."""
    seen = {entry["image_id"] for entry in (*part.annotated, *part.found)}
    return [
        {"id": n, "height": height, "width": width}
        for n in sorted(seen)
        for height, width in [truth.sizes[n - 1]]
    ]


def _true_entry(
    item: TrueObject, truth: GroundTruth, iou_type: str
) -> dict[str, Any]:
    entry = {
        "image_id": item.image + 1,
        "category_id": 1,
        "iscrowd": int(item.is_crowd),
        "area": item.area,
    }
    if iou_type == "mask":
        size = list(truth.sizes[item.image])
        return {**entry, "segmentation": {"size": size, "counts": item.counts}}
    return {**entry, "bbox": list(item.bbox)}


def _found_entry(
    result: Mapping[str, Any], truth: GroundTruth, iou_type: str
) -> dict[str, Any]:
    """A result as evaluators want it.

    The area decides whether an unmatched result counts as small, medium or
    large: the mask's area for masks, the box's area for boxes.
    """
    entry = {
        "image_id": truth.places[result["image_id"]] + 1,
        "category_id": 1,
        "iscrowd": 0,
        "score": float(result["score"]),
    }
    if iou_type == "mask":
        rle = compressed(result["segmentation"])
        return {**entry, "segmentation": rle, "area": float(rle_area(rle))}
    x, y, width, height = (float(side) for side in result["bbox"])
    return {**entry, "bbox": [x, y, width, height], "area": width * height}
