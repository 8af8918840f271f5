"""Matrix NMS between objects that no tile compared."""

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


def suppressed(objects: Objects, decoder: Suppressing) -> Objects:
    """Decays the scores of what overlaps better objects.

    Objects that one tile found both have been compared by its decoder.

    Args:
        objects: Of an image.
        decoder: What says how, and which scores are too low afterwards.

    Returns:
        Those that are left, the best first.
    """
    first, second, iou = overlapping_pairs(objects.masks, objects.labels)
    tiles = objects.tiles
    unmet = np.array(
        [
            tiles[one].isdisjoint(tiles[other])
            for one, other in zip(first.tolist(), second.tolist(), strict=True)
        ],
        bool,
    )
    scores = decay_pairs(
        first[unmet],
        second[unmet],
        iou[unmet],
        objects.scores,
        decoder.nms_kernel,
        decoder.nms_sigma,
    )
    left = (scores == objects.scores) | (scores >= decoder.update_threshold)
    kept = np.argsort(-scores, kind="stable")
    kept = kept[left[kept]]
    return dataclasses.replace(objects, scores=scores)[kept]
