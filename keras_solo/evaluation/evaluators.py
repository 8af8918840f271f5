"""Who computes average precision: hotcoco where installed, or pycocotools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

EVALUATORS = ("auto", "hotcoco", "pycocotools")
MAX_DETECTIONS = (1, 10, 100)

# What we call it, and what the evaluators do.
IOU_TYPES = {"mask": "segm", "box": "bbox"}

Content: TypeAlias = dict[str, list[dict[str, Any]]]
"""What stands in a COCO file; every id is a whole number."""

Evaluator: TypeAlias = Callable[[Content, Content, str], dict[str, np.ndarray]]
"""Ground truth, what was found, "mask" or "box" to `precision` and `recall`."""


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
    truth: Content, found: Content, iou_type: str
) -> dict[str, np.ndarray]:
    """Precision and recall as pycocotools computes them, nothing printed.

    Args:
        truth: The ground truth; no annotation has the id 0, which pycocotools
            takes for "not matched".
        found: The same with what was found as annotations, with scores.
        iou_type: `"mask"` or `"box"`.

    Returns:
        `"precision"`, axes IoU, recall, category, area and detections an
        image, and `"recall"`, the same without recall.
    """
    # It reports its progress by print.
    with contextlib.redirect_stdout(io.StringIO()):
        return _accumulated(
            COCOeval(_indexed(truth), _indexed(found), IOU_TYPES[iou_type])
        )


def by_hotcoco(
    truth: Content, found: Content, iou_type: str
) -> dict[str, np.ndarray]:
    """The same by hotcoco, which is written in Rust."""
    import hotcoco

    return _accumulated(
        hotcoco.COCOeval(
            hotcoco.COCO(truth), hotcoco.COCO(found), IOU_TYPES[iou_type]
        )
    )


def _indexed(content: Mapping[str, Any]) -> COCO:
    coco = COCO()
    coco.dataset = content
    coco.createIndex()
    return coco


def _accumulated(evaluation: Any) -> dict[str, np.ndarray]:
    evaluation.params.maxDets = list(MAX_DETECTIONS)
    evaluation.evaluate()
    evaluation.accumulate()
    figures = evaluation.eval
    return {name: figures[name] for name in ("precision", "recall")}
