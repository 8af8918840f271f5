"""Which result is which object: the best assignment, one to one."""

from __future__ import annotations

import numpy as np


def assigned(
    overlap: np.ndarray, preferred: np.ndarray, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of results and objects that overlap enough, each in one pair.

    Of all ways to pair them this one has the most preferred pairs; of these
    the most pairs; of these the largest sum of overlaps. Scores play no part.

    Args:
        overlap: `(m, n)` floats, intersection over union of result and object.
        preferred: `(m, n)` bool, for example whether the classes are equal.
        threshold: The least overlap of a pair, above 0.

    Returns:
        `(k,)` integers, the results, and `(k,)`, the objects.

    Example:

    >>> overlap = np.array([[0.9, 0.6], [0.8, 0.0]])
    >>> equal = np.ones((2, 2), bool)
    >>> results, objects = assigned(overlap, equal, 0.5)
    >>> results.tolist(), objects.tolist()
    ([0, 1], [1, 0])

    Source: StarDist's `matching`, which has the last two rules, takes the
    same weights for them, and asks `scipy.optimize.linear_sum_assignment`,
    too.
    """
    near = overlap >= threshold
    results = np.flatnonzero(near.any(axis=1))
    objects = np.flatnonzero(near.any(axis=0))
    within = np.ix_(results, objects)
    near = near[within]
    if not near.size:
        return results[:0], objects[:0]
    if near.sum(axis=0).max() == near.sum(axis=1).max() == 1:
        first, second = np.nonzero(near)
    else:
        first, second = _best(near, overlap[within], preferred[within])
    return results[first], objects[second]


def _best(
    near: np.ndarray, overlap: np.ndarray, preferred: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where some have several candidates."""
    from scipy.optimize import linear_sum_assignment  # half a second

    # All overlaps together weigh less than a pair, all pairs together less
    # than a preferred one.
    most = min(near.shape)
    worth = 1.0 + (most + 1.0) * preferred + overlap / (2.0 * most)
    first, second = linear_sum_assignment(near * worth, maximize=True)
    kept = near[first, second]
    return first[kept], second[kept]
