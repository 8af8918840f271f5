"""One mask from several of one object: what most of them hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keras_solo.geometry.column_runs import Runs, joined_runs, run_places
from keras_solo.geometry.size import Size


def voted_runs(
    several: Sequence[Runs], weights: Sequence[float], size: Size
) -> Runs:
    """The runs of the pixels that more than half of the weight holds.

    Where halves are equal, the first mask decides: of two masks of one
    weight, the first is the result.

    Args:
        several: Runs of masks of one size, one or more.
        weights: A number above 0 for each.
        size: (height, width) of the masks in pixels.

    Returns:
        uint32 `(m,)`.

    Example:

    >>> masks = [[0, 2, 2], [1, 2, 1], [1, 3]]  # of four pixels in a column
    >>> voted_runs([np.array(runs) for runs in masks], [1, 1, 1], (4, 1))
    array([1, 2, 1], dtype=uint32)
    """
    whole, half = _whole_numbers(weights)
    places, steps = [], []
    for runs, weight in zip(several, whole, strict=True):
        starts, stops = run_places(runs)
        places += [starts, stops]
        steps += [np.full(len(starts), weight), np.full(len(stops), -weight)]
    edges = np.concatenate(places)
    order = np.argsort(edges, kind="stable")
    edges = edges[order]
    votes = np.cumsum(np.concatenate(steps)[order])
    inside = np.flatnonzero(votes[:-1] > half)
    return joined_runs(edges[inside], edges[inside + 1], size)


def _whole_numbers(weights: Sequence[float]) -> tuple[np.ndarray, int]:
    """Weights whose sums are exact, the first one a little more; and half."""
    scaled = np.asarray(weights, np.float64) / np.sum(weights)
    whole = 2 * np.maximum(np.round(scaled * 2**40), 1).astype(np.int64)
    total = int(whole.sum())
    whole[0] += 1
    return whole, total // 2
