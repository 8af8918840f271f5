"""Who computes average precision: hotcoco where installed, or pycocotools."""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval, Params

from keras_solo.evaluation.matches import Evaluated, Matches
from keras_solo.evaluation.ranges import COCO_RANGES, Ranges

EVALUATORS = ("auto", "hotcoco", "pycocotools")
# IoU 0.50 to 0.95 in steps of 0.05, recall 0 to 1 in steps of 0.01.
IOU_THRESHOLDS = 10
RECALL_THRESHOLDS = 101
# Detections times IoU thresholds; each takes some 30 bytes.
MATCHES_AT_ONCE = 100_000

# What we call it, and what the evaluators do.
IOU_TYPES = {"mask": "segm", "box": "bbox"}

# Evaluators see one category at a time.
CATEGORIES: list[dict[str, object]] = [{"id": 1, "name": "all"}]


class Part(NamedTuple):
    """Some of the images of an evaluation, as they stand in COCO files.

    Every id is a whole number. The category is 1, and no annotation has the
    id 0, which pycocotools takes for "not matched". `found` has scores.
    """

    images: list[dict[str, Any]]
    annotated: list[dict[str, Any]]
    found: list[dict[str, Any]]


Evaluator: TypeAlias = Callable[
    [Iterable[Part], str, Ranges], dict[str, np.ndarray]
]
"""Images in parts, "mask" or "box", and ranges to `precision` and `recall`:
axes IoU, recall, category, area and detections an image, the second without
recall."""


def chosen_evaluator(name: str) -> Evaluator:
    """The function that computes average precision.

    Args:
        name: `"hotcoco"`, `"pycocotools"`, or `"auto"`: hotcoco where it is
            installed, else pycocotools.

    Raises:
        ValueError: If it is no such name.
        ImportError: If hotcoco is asked for by name and is not installed.
    """
    if name not in EVALUATORS:
        raise ValueError(
            f"Expected evaluator to be one of {EVALUATORS}. "
            f"Received: evaluator={name!r}"
        )
    if name == "pycocotools":
        return by_pycocotools
    try:
        import hotcoco  # noqa: F401
    except ImportError as error:
        if name == "auto":
            return by_pycocotools
        raise ImportError(
            'evaluator="hotcoco" needs the package hotcoco: '
            'pip install "keras-solo[fast-eval]"'
        ) from error
    return by_hotcoco


def by_pycocotools(
    parts: Iterable[Part], iou_type: str, ranges: Ranges = COCO_RANGES
) -> dict[str, np.ndarray]:
    """Precision and recall by pycocotools, part by part."""
    matches = Matches()
    # It reports its progress by print.
    with contextlib.redirect_stdout(io.StringIO()):
        for part in parts:
            if part.images:
                matches.add(_matched(part, iou_type, ranges))
        return _accumulated(matches, ranges)


def _matched(
    part: Part, iou_type: str, ranges: Ranges
) -> list[list[Evaluated]]:
    """What pycocotools says of each range of areas and image."""
    evaluation = COCOeval(
        _indexed(part.images, part.annotated),
        _indexed(part.images, part.found),
        IOU_TYPES[iou_type],
    )
    evaluation.params.maxDets = list(ranges.detections)
    evaluation.params.areaRng = [list(area) for area in ranges.areas]
    evaluation.params.areaRngLbl = list(ranges.area_names)
    evaluation.evaluate()
    whole, count = evaluation.evalImgs, len(part.images)
    return [whole[at : at + count] for at in range(0, len(whole), count)]


def _accumulated(matches: Matches, ranges: Ranges) -> dict[str, np.ndarray]:
    """Precision and recall, some thresholds of one range of areas at a time."""
    thresholds = Params("bbox").iouThrs
    shape = 1, len(ranges.areas), len(ranges.detections)
    precision = np.full((IOU_THRESHOLDS, RECALL_THRESHOLDS, *shape), -1.0)
    recall = np.full((IOU_THRESHOLDS, *shape), -1.0)
    for area, (place, best) in itertools.product(
        range(len(ranges.areas)), enumerate(ranges.detections)
    ):
        found = matches.of_best(best, area)
        if found is None:
            continue
        count = len(found["dtScores"])
        step = max(1, MATCHES_AT_ONCE // max(count, 1))
        for first in range(0, len(thresholds), step):
            rows = slice(first, first + step)
            figures = _accumulated_part(found, rows, thresholds[rows])
            precision[rows, :, :, area, place] = figures["precision"][..., 0, 0]
            recall[rows, :, area, place] = figures["recall"][..., 0, 0]
    return {"precision": precision, "recall": recall}


def _accumulated_part(
    found: Mapping[str, np.ndarray], rows: slice, thresholds: np.ndarray
) -> dict[str, np.ndarray]:
    """Precision and recall at some IoU thresholds, by pycocotools."""
    image = _indexed([{"id": 1}], [])
    evaluation = COCOeval(image, image, "bbox")
    evaluation.params.iouThrs = thresholds
    evaluation.params.areaRng = evaluation.params.areaRng[:1]
    evaluation.params.maxDets = [len(found["dtScores"])]
    evaluation.evaluate()
    matched = {name: found[name][rows] for name in ("dtMatches", "dtIgnore")}
    evaluation.evalImgs = [{**found, **matched}]
    evaluation.accumulate()
    return evaluation.eval


def by_hotcoco(
    parts: Iterable[Part], iou_type: str, ranges: Ranges = COCO_RANGES
) -> dict[str, np.ndarray]:
    """Precision and recall by hotcoco, part by part, so in little memory."""
    import hotcoco

    parameters = hotcoco.Params(IOU_TYPES[iou_type])
    parameters.max_dets = list(ranges.detections)
    parameters.area_rng = [list(area) for area in ranges.areas]
    parameters.area_rng_lbl = list(ranges.area_names)
    stream = hotcoco.StreamingEval(
        CATEGORIES, IOU_TYPES[iou_type], params=parameters
    )
    for images, annotated, found in parts:
        stream.update(images, annotated, found)
    evaluation: Any = stream.finalize()
    evaluation.accumulate()
    return evaluation.eval


def _indexed(
    images: list[dict[str, Any]], annotations: list[dict[str, Any]]
) -> COCO:
    coco = COCO()
    coco.dataset = {
        "images": images,
        "categories": CATEGORIES,
        "annotations": annotations,
    }
    coco.createIndex()
    return coco
