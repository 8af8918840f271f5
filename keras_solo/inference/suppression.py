"""NMS between objects that no tile compared."""

from __future__ import annotations

import dataclasses
from typing import Protocol

import numpy as np

from keras_solo.inference.run_nms import decay_pairs, overlapping_pairs
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
    first, second, iou = (values[unmet] for values in pairs)
    scores = objects.scores
    if decoder.nms == "hard":
        beaten = iou > decoder.nms_iou_threshold
        left = _unbeaten(first[beaten], second[beaten], scores)
    else:
        scores = decay_pairs(
            *(first, second, iou, scores),
            *(decoder.nms_kernel, decoder.nms_sigma),
        )
        left = scores >= decoder.update_threshold
        left |= scores == objects.scores
    order = np.argsort(-scores, kind="stable")
    return dataclasses.replace(objects, scores=scores)[order[left[order]]]


def _unbeaten(
    first: np.ndarray, second: np.ndarray, scores: np.ndarray
) -> np.ndarray:
    """bool, one a score: what no better one that stays beats.

    Args:
        first: `(p,)` places among the scores.
        second: `(p,)`, those that they overlap too much.
        scores: `(n,)`; of equal ones the first is better.
    """
    rank = np.empty(len(scores), np.int64)
    rank[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    swapped = rank[first] > rank[second]
    better = np.where(swapped, second, first)
    worse = np.where(swapped, first, second)
    stays = np.ones(len(scores), bool)
    for pair in np.argsort(rank[better], kind="stable"):
        if stays[better[pair]]:
            stays[worse[pair]] = False
    return stays
