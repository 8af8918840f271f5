"""What became of each object and each result of an image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from keras_solo.evaluation.assignment import assigned
from keras_solo.evaluation.overlaps import Overlaps

KINDS = ("matched", "wrong_class", "missed", "duplicate", "background")
MATCHED, WRONG_CLASS, MISSED, DUPLICATE, BACKGROUND = range(len(KINDS))
IGNORED = -1


class Outcomes(NamedTuple):
    """What became of the objects and the results of one image.

    Args:
        results: `(k,)` integers, the results in a pair, as `Overlaps` counts.
        objects: `(k,)` integers, their objects.
        object_kinds: `(n,)` integers, places in `KINDS`: matched, wrong class
            or missed.
        result_kinds: `(m,)` integers, places in `KINDS`: matched, wrong class,
            duplicate or background; -1 for those in a crowd.
    """

    results: np.ndarray
    objects: np.ndarray
    object_kinds: np.ndarray
    result_kinds: np.ndarray


def outcomes(overlaps: Overlaps, iou_threshold: float) -> Outcomes:
    """Matched, missed, and so on.

    A result and an object are a pair if their masks overlap enough, whatever
    their classes, but pairs of one class come first: see `assigned`. An
    object without a result is missed. A result without an object is ignored
    in a crowd of its class, as COCO does it; is a duplicate if it overlaps
    enough with an object, which then has another result; and else is found
    where nothing is, in the background.

    Args:
        overlaps: Of one image.
        iou_threshold: The least intersection over union.
    """
    equal = overlaps.equal_classes
    results, objects = assigned(overlaps.overlap, equal, iou_threshold)
    kinds = np.where(equal[results, objects], MATCHED, WRONG_CLASS)
    object_kinds = np.full(len(overlaps.objects), MISSED)
    object_kinds[objects] = kinds
    near = (overlaps.overlap >= iou_threshold).any(axis=1)
    result_kinds = np.where(near, DUPLICATE, BACKGROUND)
    result_kinds[overlaps.in_crowd >= iou_threshold] = IGNORED
    result_kinds[results] = kinds
    return Outcomes(results, objects, object_kinds, result_kinds)
