"""Who computes average precision: hotcoco where installed, or pycocotools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

EVALUATORS = ("auto", "hotcoco", "pycocotools")
MAX_DETECTIONS = (1, 10, 100)

# What we call it, and what the evaluators do.
IOU_TYPES = {"mask": "segm", "box": "bbox"}

# Evaluators see one category at a time.
CATEGORIES = [{"id": 1, "name": "all"}]


class Part(NamedTuple):
    """Some of the images of an evaluation, as they stand in COCO files.

    Every id is a whole number. The category is 1, and no annotation has the
    id 0, which pycocotools takes for "not matched". `found` has scores.
    """

    images: list[dict[str, Any]]
    annotated: list[dict[str, Any]]
    found: list[dict[str, Any]]


Evaluator: TypeAlias = Callable[[Iterable[Part], str], dict[str, np.ndarray]]
"""Images in parts, "mask" or "box" to `precision` and `recall`: axes IoU,
recall, category, area and detections an image, the second without recall."""


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
    parts: Iterable[Part], iou_type: str
) -> dict[str, np.ndarray]:
    """Precision and recall by pycocotools, all parts at once."""
    whole = Part([], [], [])
    for part in parts:
        for entries, more in zip(whole, part, strict=True):
            entries += more
    # It reports its progress by print.
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(
            _indexed(whole.images, whole.annotated),
            _indexed(whole.images, whole.found),
            IOU_TYPES[iou_type],
        )
        evaluation.params.maxDets = list(MAX_DETECTIONS)
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval


def by_hotcoco(parts: Iterable[Part], iou_type: str) -> dict[str, np.ndarray]:
    """Precision and recall by hotcoco, part by part, so in little memory."""
    import hotcoco

    parameters = hotcoco.Params(IOU_TYPES[iou_type])
    parameters.max_dets = list(MAX_DETECTIONS)
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
