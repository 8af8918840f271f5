"""The best assignment of results to objects."""

import itertools

import numpy as np
import pytest

from keras_solo.evaluation.assignment import assigned


def pairs(overlap, preferred=None, threshold=0.5):
    overlap = np.array(overlap, float).reshape(len(overlap), -1)
    if preferred is None:
        preferred = np.ones(overlap.shape, bool)
    found = assigned(overlap, np.array(preferred, bool), threshold)
    return sorted(zip(*(part.tolist() for part in found), strict=True))


def test_nothing():
    for shape in ((0, 0), (0, 3), (2, 0)):
        empty = np.zeros(shape)
        results, objects = assigned(empty, empty == 0, 0.5)
        assert len(results) == len(objects) == 0
    assert pairs([[0.49, 0.0]]) == []


@pytest.mark.parametrize(
    "overlap, expected",
    [
        # The threshold itself is enough.
        ([[0.5]], [(0, 0)]),
        # Nobody has two candidates.
        ([[0.0, 0.9], [0.6, 0.1]], [(0, 1), (1, 0)]),
        # The larger overlap, of two results on one object.
        ([[0.6], [0.8]], [(1, 0)]),
        # Two pairs rather than one of a larger overlap.
        ([[0.9, 0.6], [0.8, 0.0]], [(0, 1), (1, 0)]),
        # Of two ways the larger sum: 0.6 + 0.9 is more than 0.7 + 0.7.
        ([[0.6, 0.7], [0.7, 0.9]], [(0, 0), (1, 1)]),
        # A third result stays alone.
        ([[0.9, 0.6], [0.8, 0.5], [0.7, 0.0]], [(0, 1), (1, 0)]),
    ],
)
def test_tables(overlap, expected):
    assert pairs(overlap) == expected


def test_preferred_pairs_come_first():
    """One of the right class rather than two of wrong classes."""
    overlap = [[0.5, 0.9], [0.9, 0.0]]
    assert pairs(overlap, np.zeros((2, 2))) == [(0, 1), (1, 0)]
    assert pairs(overlap, [[1, 0], [0, 0]]) == [(0, 0)]


def best_of_all(overlap, preferred, threshold):
    """Rank of the best of all assignments, tried one after the other."""
    count, columns = overlap.shape
    best = (0, 0, 0.0)
    for chosen in itertools.permutations(
        [*range(columns), *[None] * count], count
    ):
        pairs = [(i, j) for i, j in enumerate(chosen) if j is not None]
        if all(overlap[pair] >= threshold for pair in pairs):
            values = [overlap[pair] for pair in pairs]
            equal = sum(preferred[pair] for pair in pairs)
            best = max(best, (int(equal), len(pairs), round(sum(values), 9)))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_no_other_assignment_is_better(seed):
    rng = np.random.default_rng(seed)
    overlap = rng.random((3, 1 + seed % 4)) ** 0.5
    preferred = rng.random(overlap.shape) < 0.6
    results, objects = assigned(overlap, preferred, 0.5)
    assert len(set(results.tolist())) == len(results)
    assert len(set(objects.tolist())) == len(objects)
    rank = (
        int(preferred[results, objects].sum()),
        len(results),
        round(float(overlap[results, objects].sum()), 9),
    )
    assert rank == best_of_all(overlap, preferred, 0.5)
