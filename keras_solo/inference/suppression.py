"""NMS between objects that no tile compared."""

from __future__ import annotations

import dataclasses
from typing import Protocol

import numpy as np

from keras_solo.inference.run_nms import (
    decay_pairs,
    overlapping_pairs,
    suppress_pairs,
)
from keras_solo.inference.stitching import Objects


class Suppressing(Protocol):
    """What is asked of a decoder here."""

    @property
    def mask_threshold(self) -> float: ...

    @property
    def nms_kernel(self) -> str: ...

    @property
    def nms_sigma(self) -> float: ...

    @property
    def update_threshold(self) -> float: ...

    @property
    def nms(self) -> str: ...

    @property
    def nms_iou_threshold(self) -> float: ...

    @property
    def class_agnostic(self) -> bool: ...

    @property
    def max_detections(self) -> int: ...


def suppressed(objects: Objects, decoder: Suppressing) -> Objects:
    """Decays the scores of what overlaps better objects, or takes it away.

    Objects that one tile found both have been compared by its decoder.

    Args:
        objects: Of an image.
        decoder: What says how, and which scores are too low afterwards.

    Returns:
        Those that are left, the best first.
    """
    labels = None if decoder.class_agnostic else objects.labels
    pairs = overlapping_pairs(objects.masks, labels)
    unmet = np.array(
        [
            objects.tiles[one].isdisjoint(objects.tiles[other])
            for one, other in zip(pairs[0], pairs[1], strict=True)
        ],
        bool,
    )
    first, second, iou = pairs
    scores = suppressed_scores(
        (first[unmet], second[unmet], iou[unmet]), objects.scores, decoder
    )
    left = (scores >= decoder.update_threshold) | (scores == objects.scores)
    order = np.argsort(-scores, kind="stable")
    return dataclasses.replace(objects, scores=scores)[order[left[order]]]


def suppressed_scores(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    scores: np.ndarray,
    decoder: Suppressing,
) -> np.ndarray:
    """Scores after a decoder's NMS between the masks of some pairs.

    Args:
        pairs: `(first, second, iou)`, as of `overlapping_pairs`.
        scores: `(n,)` scores.
        decoder: What says how.

    Returns:
        float32 `(n,)`; hard NMS gives 0 to what goes.
    """
    if decoder.nms == "hard":
        return suppress_pairs(*pairs, scores, decoder.nms_iou_threshold)
    return decay_pairs(*pairs, scores, decoder.nms_kernel, decoder.nms_sigma)
