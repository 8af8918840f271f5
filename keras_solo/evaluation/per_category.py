"""One category at a time, so that memory holds an evaluation of no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from keras_solo.data.masks import segmentation_area, to_rle
from keras_solo.evaluation.evaluators import (
    MAX_DETECTIONS,
    Content,
    Evaluator,
)
from keras_solo.evaluation.ground_truth import GroundTruth, Id, TrueObject

AREAS = ("all", "small", "medium", "large")
# IoU 0.50 to 0.95 in steps of 0.05, recall 0 to 1 in steps of 0.01.
IOU_THRESHOLDS = 10
RECALL_THRESHOLDS = 101


class Accumulated(NamedTuple):
    """Precision and recall; -1 is what there is no annotation for.

    `precision` has the axes IoU, recall, category, area and detections an
    image; `recall` the same without recall.
    """

    precision: np.ndarray
    recall: np.ndarray


def accumulated(
    truth: GroundTruth,
    results: Sequence[Mapping[str, Any]],
    places: Mapping[Id, Sequence[int]],
    iou_type: str,
    evaluator: Evaluator,
) -> Accumulated:
    """Precision and recall of every category.

    Args:
        truth: The ground truth.
        results: COCO results.
        places: Where the results of each category are.
        iou_type: `"mask"` or `"box"`.
        evaluator: Who computes them.

    Returns:
        `Accumulated`, categories in the order of `truth.category_names`.
    """
    areas, detections = len(AREAS), len(MAX_DETECTIONS)
    shape = len(truth.category_names), areas, detections
    precision = np.full((IOU_THRESHOLDS, RECALL_THRESHOLDS, *shape), -1.0)
    recall = np.full((IOU_THRESHOLDS, *shape), -1.0)
    # Evaluators know images by their place, since an id may be text.
    images = {image_id: n for n, image_id in enumerate(truth.sizes, start=1)}
    for number, category_id in enumerate(truth.category_names):
        objects = truth.objects[category_id]
        if not objects:
            continue
        found = [
            _found_entry(results[place], images, iou_type)
            for place in places[category_id]
        ]
        annotated = [_true_entry(item, images, iou_type) for item in objects]
        figures = evaluator(*_contents(truth, annotated, found), iou_type)
        precision[:, :, number] = figures["precision"][:, :, 0]
        recall[:, number] = figures["recall"][:, 0]
    return Accumulated(precision, recall)


def _contents(
    truth: GroundTruth,
    annotated: list[dict[str, Any]],
    found: list[dict[str, Any]],
) -> tuple[Content, Content]:
    """Ground truth and results of one category, as if it were all."""
    sizes = list(truth.sizes.values())
    seen = {entry["image_id"] for entry in (*annotated, *found)}
    images = [
        {"id": n, "height": sizes[n - 1][0], "width": sizes[n - 1][1]}
        for n in sorted(seen)
    ]
    first, second = (
        {
            "images": images,
            "categories": [{"id": 1, "name": "all"}],
            "annotations": [
                {**entry, "id": number, "category_id": 1}
                for number, entry in enumerate(entries, start=1)
            ],
        }
        for entries in (annotated, found)
    )
    return first, second


def _true_entry(
    item: TrueObject, images: Mapping[Id, int], iou_type: str
) -> dict[str, Any]:
    return {
        "image_id": images[item.image_id],
        "iscrowd": int(item.is_crowd),
        "area": item.area,
        **(
            {"segmentation": item.rle}
            if iou_type == "mask"
            else {"bbox": list(item.bbox)}
        ),
    }


def _found_entry(
    result: Mapping[str, Any], images: Mapping[Id, int], iou_type: str
) -> dict[str, Any]:
    """A result as evaluators want it.

    The area decides whether an unmatched result counts as small, medium or
    large: the mask's area for masks, the box's area for boxes.
    """
    entry: dict[str, Any] = {
        "image_id": images[result["image_id"]],
        "iscrowd": 0,
        "score": float(result["score"]),
    }
    if iou_type == "mask":
        size = result["segmentation"]["size"]
        entry["segmentation"] = to_rle(result["segmentation"], size)
        entry["area"] = segmentation_area(entry["segmentation"], size)
    else:
        x, y, width, height = (float(side) for side in result["bbox"])
        entry["bbox"] = [x, y, width, height]
        entry["area"] = width * height
    return entry
