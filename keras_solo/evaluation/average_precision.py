"""COCO average precision and recall of results against a ground truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast, overload

import numpy as np

from keras_solo.evaluation.evaluators import (
    IOU_TYPES,
    Evaluator,
    chosen_evaluator,
)
from keras_solo.evaluation.ground_truth import GroundTruth, checked_truth
from keras_solo.evaluation.per_category import Accumulated, accumulated
from keras_solo.evaluation.ranges import COCO_RANGES, Ranges, coco_ranges
from keras_solo.evaluation.results import check_run_lengths, places_by_category

Figures: TypeAlias = dict[str, float]
FiguresPerClass: TypeAlias = dict[str, float | dict[str, float]]


@overload
def coco_average_precision(
    ground_truth: Mapping[str, object],
    results: Sequence[Mapping[str, object]],
    iou_types: Sequence[str] = ...,
    per_class: Literal[False] = ...,
    evaluator: str = ...,
    max_detections: int = ...,
) -> Figures: ...


@overload
def coco_average_precision(
    ground_truth: Mapping[str, object],
    results: Sequence[Mapping[str, object]],
    iou_types: Sequence[str] = ...,
    *,
    per_class: bool,
    evaluator: str = ...,
    max_detections: int = ...,
) -> FiguresPerClass: ...


def coco_average_precision(
    ground_truth: Mapping[str, object],
    results: Sequence[Mapping[str, object]],
    iou_types: Sequence[str] = ("mask", "box"),
    per_class: bool = False,
    evaluator: str = "auto",
    max_detections: int = 100,
) -> Figures | FiguresPerClass:
    """The twelve COCO figures of results, nothing printed.

    They are pycocotools' figures, whoever computes them, with three repairs:
    results may be empty, an annotation may have the id 0 (pycocotools takes
    that for "not matched"), and one category is evaluated at a time, which
    gives the same figures in a fraction of the memory.

    Args:
        ground_truth: The content of a COCO annotation file: `"images"`,
            `"annotations"`, `"categories"`. Crowds are ignored regions.
        results: COCO results: dicts with `"image_id"`, `"category_id"`,
            `"score"`, and `"segmentation"` (compressed RLE) for masks,
            `"bbox"` (x, y, width, height) for boxes.
        iou_types: `"mask"`, `"box"` or both.
        per_class: Whether to add the AP of each class.
        evaluator: `"pycocotools"`; `"hotcoco"`, which is many times faster
            (`pip install "keras-solo[fast-eval]"`) and whose figures are
            equal to six decimals; or `"auto"`, hotcoco where it is installed,
            else pycocotools.
        max_detections: The best so many results of a class in an image count.
            100 is COCO's rule, with which figures are published; where images
            have more objects of a class it keeps even perfect results from 1.

    Returns:
        A dict of floats from 0 to 1, for masks: `mask_ap` (mean over IoU 0.50
        to 0.95 and classes), `mask_ap50`, `mask_ap75`; `mask_ap_small` (below
        32 x 32 px), `mask_ap_medium`, `mask_ap_large` (above 96 x 96 px);
        `mask_ar1`, `mask_ar10`, `mask_ar100` (recall with so many detections
        of a class an image; the last is `max_detections`: with 1000 it is
        called `mask_ar1000`, and numbers above it are missing);
        `mask_ar_small`, `mask_ar_medium`, `mask_ar_large`. For boxes the same
        with `box_`. What there is no annotation for is NaN
        (pycocotools says -1): `mask_ap_small` where no object is small.
        With `per_class`, also `mask_ap_per_class` and `box_ap_per_class`,
        dicts from class name to AP, NaN for a class without annotations.

    Raises:
        ValueError: If results name unknown images or categories, if their
            masks have another size than the image or cannot be read, if a
            score or a box is not made of finite numbers, or if
            `max_detections` is no whole number of at least 1.
        ImportError: If hotcoco is asked for by name and is not installed.

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
    compute = checked_choice(iou_types, evaluator)
    ranges = coco_ranges(max_detections)
    truth = checked_truth(ground_truth)
    if "mask" in iou_types:
        check_run_lengths(results)
    return average_precision(
        truth, results, iou_types, per_class, compute, ranges
    )


def checked_choice(iou_types: Sequence[str], evaluator: str) -> Evaluator:
    """The evaluator of a name, if there are such IoU types too."""
    for iou_type in iou_types:
        if iou_type not in IOU_TYPES:
            raise ValueError(
                'Expected iou_types among "mask" and "box". '
                f"Received: iou_types={iou_types!r}"
            )
    return chosen_evaluator(evaluator)


def average_precision(
    truth: GroundTruth,
    results: Sequence[Mapping[str, object]],
    iou_types: Sequence[str],
    per_class: bool,
    evaluator: Evaluator,
    ranges: Ranges = COCO_RANGES,
) -> FiguresPerClass:
    """The figures of `coco_average_precision`, of a checked ground truth."""
    found = cast(Sequence[Mapping[str, Any]], results)
    places = places_by_category(truth, found, iou_types)
    figures: FiguresPerClass = {}
    for iou_type in iou_types:
        measured = accumulated(
            truth, found, places, iou_type, evaluator, ranges
        )
        figures |= named_figures(measured, iou_type, ranges)
        if per_class:
            figures[f"{iou_type}_ap_per_class"] = per_class_ap(measured, truth)
    return figures


# === Figures ===


def named_figures(
    measured: Accumulated, iou_type: str, ranges: Ranges
) -> dict[str, float]:
    """The figures of `coco_average_precision` for masks or for boxes."""
    precision, recall = measured
    areas = list(enumerate(ranges.area_names))[1:]
    figures = {
        "ap": mean_of_measured(precision[..., 0, -1]),
        "ap50": mean_of_measured(precision[0, ..., 0, -1]),
        "ap75": mean_of_measured(precision[5, ..., 0, -1]),
    }
    for place, area in areas:
        figures[f"ap_{area}"] = mean_of_measured(precision[..., place, -1])
    for place, count in enumerate(ranges.detections):
        figures[f"ar{count}"] = mean_of_measured(recall[..., 0, place])
    for place, area in areas:
        figures[f"ar_{area}"] = mean_of_measured(recall[..., place, -1])
    return {f"{iou_type}_{name}": value for name, value in figures.items()}


def per_class_ap(measured: Accumulated, truth: GroundTruth) -> dict[str, float]:
    """The AP of each class by its name."""
    return {
        name: mean_of_measured(measured.precision[:, :, place, 0, -1])
        for place, name in enumerate(truth.category_names.values())
    }


def mean_of_measured(values: np.ndarray) -> float:
    """Mean of what was measured; -1 marks what there is no annotation for."""
    measured = values[values > -1]
    return float(measured.mean()) if measured.size else float("nan")
