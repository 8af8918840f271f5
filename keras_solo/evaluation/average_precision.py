"""COCO average precision and recall of results against a ground truth."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast, overload

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from keras_solo.data.masks import (
    segmentation_area,
    segmentation_box,
    to_rle,
)
from keras_solo.geometry.size import Size

# What we call it, and what pycocotools does.
IOU_TYPES = {"mask": "segm", "box": "bbox"}

AREAS = ("all", "small", "medium", "large")
MAX_DETECTIONS = (1, 10, 100)

Figures: TypeAlias = dict[str, float]
FiguresPerClass: TypeAlias = dict[str, float | dict[str, float]]


@overload
def coco_average_precision(
    ground_truth: Mapping[str, object],
    results: Sequence[Mapping[str, object]],
    iou_types: Sequence[str] = ...,
    per_class: Literal[False] = ...,
) -> Figures: ...


@overload
def coco_average_precision(
    ground_truth: Mapping[str, object],
    results: Sequence[Mapping[str, object]],
    iou_types: Sequence[str] = ...,
    *,
    per_class: bool,
) -> FiguresPerClass: ...


def coco_average_precision(
    ground_truth: Mapping[str, object],
    results: Sequence[Mapping[str, object]],
    iou_types: Sequence[str] = ("mask", "box"),
    per_class: bool = False,
) -> Figures | FiguresPerClass:
    """The twelve COCO figures, computed by pycocotools, nothing printed.

    Two repairs: results may be empty, and an annotation may have the id 0
    (pycocotools takes that for "not matched").

    Args:
        ground_truth: The content of a COCO annotation file: `"images"`,
            `"annotations"`, `"categories"`. Crowds are ignored regions.
        results: COCO results: dicts with `"image_id"`, `"category_id"`,
            `"score"`, and `"segmentation"` (compressed RLE) for masks,
            `"bbox"` (x, y, width, height) for boxes.
        iou_types: `"mask"`, `"box"` or both.
        per_class: Whether to add the AP of each class.

    Returns:
        A dict of floats from 0 to 1, for masks: `mask_ap` (mean over IoU 0.50
        to 0.95 and classes), `mask_ap50`, `mask_ap75`; `mask_ap_small` (below
        32 x 32 px), `mask_ap_medium`, `mask_ap_large` (above 96 x 96 px);
        `mask_ar1`, `mask_ar10`, `mask_ar100` (recall with so many detections
        an image); `mask_ar_small`, `mask_ar_medium`, `mask_ar_large`. For
        boxes the same with `box_`. What there is no annotation for is NaN
        (pycocotools says -1): `mask_ap_small` where no object is small.
        With `per_class`, also `mask_ap_per_class` and `box_ap_per_class`,
        dicts from class name to AP, NaN for a class without annotations.

    Raises:
        ValueError: If results name unknown images or categories, or if their
            masks have another size than the image.

    Example:

    >>> mask = {"size": [2, 2], "counts": "04"}
    >>> truth = {
    ...     "images": [{"id": 1, "height": 2, "width": 2}],
    ...     "categories": [{"id": 7, "name": "cat"}],
    ...     "annotations": [
    ...         {"image_id": 1, "category_id": 7, "segmentation": mask}
    ...     ],
    ... }
    >>> result = {"image_id": 1, "category_id": 7, "segmentation": mask}
    >>> result |= {"bbox": [0, 0, 2, 2], "score": 0.9}
    >>> round(coco_average_precision(truth, [result])["mask_ap"], 6)
    1.0
    >>> coco_average_precision(truth, [])["mask_ap"]
    0.0
    """
    for iou_type in iou_types:
        if iou_type not in IOU_TYPES:
            raise ValueError(
                'Expected iou_types among "mask" and "box". '
                f"Received: iou_types={iou_types!r}"
            )
    truth = _checked_truth(ground_truth)
    found = cast(Sequence[Mapping[str, Any]], results)
    _check_results(truth, found, iou_types)
    figures: FiguresPerClass = {}
    for iou_type in iou_types:
        evaluation = _evaluate(truth, found, iou_type)
        named = _figures(evaluation.eval)
        figures |= {
            f"{iou_type}_{name}": value for name, value in named.items()
        }
        if per_class:
            figures[f"{iou_type}_ap_per_class"] = _per_class(evaluation, truth)
    return figures


def _evaluate(
    truth: dict[str, Any], results: Sequence[Mapping[str, Any]], iou_type: str
) -> COCOeval:
    found = {**truth, "annotations": _as_annotations(results, iou_type)}
    # pycocotools reports its progress by print.
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(
            _indexed(truth), _indexed(found), IOU_TYPES[iou_type]
        )
        evaluation.params.maxDets = list(MAX_DETECTIONS)
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


def _indexed(content: dict[str, Any]) -> COCO:
    coco = COCO()
    coco.dataset = content
    coco.createIndex()
    return coco


def _as_annotations(
    results: Sequence[Mapping[str, Any]], iou_type: str
) -> list[dict[str, Any]]:
    """Results as pycocotools wants them.

    The area decides whether an unmatched result counts as small, medium or
    large: the mask's area for masks, the box's area for boxes.
    """
    annotations = []
    for number, result in enumerate(results, start=1):
        annotation = {
            "id": number,
            "image_id": result["image_id"],
            "category_id": result["category_id"],
            "score": float(result["score"]),
            "iscrowd": 0,
        }
        if iou_type == "mask":
            rle = result["segmentation"]
            annotation["segmentation"] = rle
            annotation["area"] = segmentation_area(rle, rle["size"])
        else:
            x, y, width, height = (float(side) for side in result["bbox"])
            annotation["bbox"] = [x, y, width, height]
            annotation["area"] = width * height
        annotations.append(annotation)
    return annotations


# === Figures ===


def _figures(accumulated: Mapping[str, Any]) -> dict[str, float]:
    # precision: IoU, recall, class, area, detections; recall without recall.
    precision = accumulated["precision"]
    recall = accumulated["recall"]
    figures = {
        "ap": _mean(precision[..., 0, -1]),
        "ap50": _mean(precision[0, ..., 0, -1]),
        "ap75": _mean(precision[5, ..., 0, -1]),
    }
    for place, area in enumerate(AREAS[1:], start=1):
        figures[f"ap_{area}"] = _mean(precision[..., place, -1])
    for place, count in enumerate(MAX_DETECTIONS):
        figures[f"ar{count}"] = _mean(recall[..., 0, place])
    for place, area in enumerate(AREAS[1:], start=1):
        figures[f"ar_{area}"] = _mean(recall[..., place, -1])
    return figures


def _per_class(
    evaluation: COCOeval, truth: Mapping[str, Any]
) -> dict[str, float]:
    names = {c["id"]: c.get("name", str(c["id"])) for c in truth["categories"]}
    precision = evaluation.eval["precision"]
    return {
        names[category_id]: _mean(precision[:, :, place, 0, -1])
        for place, category_id in enumerate(evaluation.params.catIds)
    }


def _mean(values: np.ndarray) -> float:
    """Mean of what was measured; -1 marks what there is no annotation for."""
    measured = values[values > -1]
    return float(measured.mean()) if measured.size else float("nan")


# === Checks at the door ===


def _checked_truth(content: Mapping[str, object]) -> dict[str, Any]:
    """A ground truth that pycocotools can write into."""
    for key in ("images", "annotations", "categories"):
        if key not in content:
            raise ValueError(
                "Expected a COCO ground truth with images, annotations and "
                f"categories. Received: a dict of {sorted(content)}"
            )
    ground_truth = cast(Mapping[str, list[dict[str, Any]]], content)
    sizes = {
        image["id"]: (int(image["height"]), int(image["width"]))
        for image in ground_truth["images"]
    }
    return {
        "images": list(ground_truth["images"]),
        "categories": list(ground_truth["categories"]),
        "annotations": [
            _checked_annotation(annotation, number, sizes)
            for number, annotation in enumerate(
                ground_truth["annotations"], start=1
            )
        ],
    }


def _checked_annotation(
    annotation: Mapping[str, Any],
    number: int,
    sizes: Mapping[Any, Size],
) -> dict[str, Any]:
    name = annotation.get("id", number)
    if annotation["image_id"] not in sizes:
        raise ValueError(
            f"Annotation {name} belongs to image {annotation['image_id']!r}, "
            "which is not among the images of the ground truth."
        )
    size = sizes[annotation["image_id"]]
    bbox = annotation.get("bbox")
    try:
        rle = to_rle(annotation["segmentation"], size)
        if bbox is None:
            x1, y1, x2, y2 = segmentation_box(rle, size)
            bbox = x1, y1, x2 - x1, y2 - y1
    except (LookupError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(
            f"Annotation {name} has no segmentation that pycocotools can "
            f"read: {annotation.get('segmentation')!r:.80}"
        ) from error
    area = annotation.get("area")
    return {
        "id": number,
        "image_id": annotation["image_id"],
        "category_id": annotation["category_id"],
        "iscrowd": int(annotation.get("iscrowd", 0)),
        "segmentation": rle,
        "bbox": list(bbox),
        "area": float(segmentation_area(rle, size) if area is None else area),
    }


def _check_results(
    truth: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]],
    iou_types: Sequence[str],
) -> None:
    sizes = {
        image["id"]: [image["height"], image["width"]]
        for image in truth["images"]
    }
    categories = {category["id"] for category in truth["categories"]}
    for result in results:
        if result["image_id"] not in sizes:
            raise ValueError(
                f"Results for image {result['image_id']!r}, which is not "
                "among the images of the ground truth."
            )
        if result["category_id"] not in categories:
            raise ValueError(
                f"Results of category {result['category_id']!r}. Expected a "
                f"category id of the ground truth: {sorted(categories)}"
            )
        size = sizes[result["image_id"]]
        if "mask" in iou_types and list(result["segmentation"]["size"]) != size:
            raise ValueError(
                f"Expected masks of the size of image {result['image_id']!r}, "
                f"(height, width) {size}. Received: "
                f"{result['segmentation']['size']}"
            )
