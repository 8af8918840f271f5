"""Which track goes on in which instance of a new frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from keras_solo.inference.placed_masks import (
    PlacedMask,
    color_distances,
    common_areas,
)

# How much a difference of colours counts beside the overlap, and how much of
# it no object has from a frame to the next.
COLOR_WEIGHT, MOST_COLOR = 1.0, 0.2
# So much of a found mask is within the whole of an object that is partly
# hidden; or its centre is so many sizes from where it should be.
WITHIN, NEAR = 0.5, 1.0


def assigned(affinity: np.ndarray) -> list[tuple[int, int]]:
    """Pairs that are best in sum.

    Args:
        affinity: `(n, m)`, -inf for what is no pair.

    Returns:
        Row and column of each pair.
    """
    possible = np.isfinite(affinity)
    # What is no pair costs more than any pair gives.
    cost = np.where(possible, -affinity, 1e6)
    rows, columns = linear_sum_assignment(cost)
    return [
        (i, j)
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
        if possible[i, j]
    ]


def overlap_affinity(
    expected: Sequence[PlacedMask],
    found: Sequence[PlacedMask],
    min_iou: float,
) -> np.ndarray:
    """How well masks cover where tracks should be.

    Args:
        expected: Of `n` tracks.
        found: `m` of the frame.
        min_iou: The least mask IoU of a pair.

    Returns:
        `(n, m)` IoU, less for another colour; -inf for what is no pair.
    """
    common = common_areas(expected, found)
    union = _areas(expected)[:, None] + _areas(found)[None, :] - common
    iou = common / np.maximum(union, 1)
    colors = color_distances(expected, found)
    allowed = iou >= max(min_iou, 1e-9)
    return np.where(allowed, iou - COLOR_WEIGHT * colors, -np.inf)


def place_affinity(
    expected: Sequence[PlacedMask],
    found: Sequence[PlacedMask],
    whole: np.ndarray,
) -> np.ndarray:
    """How near masks are to where tracks should be, hidden in part or lost.

    Args:
        expected: Of `n` tracks.
        found: `m` of the frame.
        whole: `(n,)` the areas of the tracks' objects.

    Returns:
        `(n, m)`, -inf for what is no pair.
    """
    common = common_areas(expected, found)
    within = common / np.maximum(_areas(found)[None, :], 1)
    apart = _centers(expected)[:, None] - _centers(found)[None, :]
    sizes = np.sqrt(np.maximum(whole, 1))[:, None]
    near = 1 - np.linalg.norm(apart, axis=2) / (NEAR * sizes)
    colors = color_distances(expected, found)
    larger = _areas(found)[None, :] > 2 * whole[:, None]
    allowed = ((within >= WITHIN) | (near > 0)) & (colors < MOST_COLOR)
    affinity = np.maximum(within, near) - COLOR_WEIGHT * colors
    return np.where(allowed & ~larger, affinity, -np.inf)


def _areas(masks: Sequence[PlacedMask]) -> np.ndarray:
    return np.array([one.area for one in masks], np.float64)


def _centers(masks: Sequence[PlacedMask]) -> np.ndarray:
    centers = [one.center for one in masks]
    return np.array(centers, np.float64).reshape(-1, 2)
