import numpy as np
import pytest

from keras_solo.geometry.column_runs import empty_runs, mask_runs
from keras_solo.geometry.voted_runs import voted_runs


def voted(masks, weights):
    runs = [mask_runs(mask) for mask in masks]
    return voted_runs(runs, weights, masks[0].shape)


def test_nothing():
    empty = empty_runs((2, 3))
    assert voted_runs([empty] * 3, [1, 1, 1], (2, 3)).tolist() == [6]
    full = mask_runs(np.ones((2, 3), bool))
    assert voted_runs([empty, full, empty], [1, 1, 1], (2, 3)).tolist() == [6]


def test_by_hand():
    masks = np.array([[[1, 1, 0, 0]], [[0, 1, 1, 0]], [[0, 0, 1, 1]]], bool)
    assert voted(masks, [1, 1, 1]).tolist() == [1, 2, 1]
    assert voted(masks, [3, 1, 1]).tolist() == [0, 2, 2]
    assert voted(masks, [1, 1, 3]).tolist() == [2, 2]


def test_the_first_decides_where_halves_are_equal():
    masks = np.array([[[1, 1, 0, 0]], [[0, 1, 1, 0]]], bool)
    for weights in ([0.3, 0.3], [0.3, 0.29]):
        assert voted(masks, weights).tolist() == [0, 2, 2]
    assert voted(masks[:1], [0.1]).tolist() == [0, 2, 2]
    four = masks[[0, 1, 1, 0]]
    assert voted(four, [0.1] * 4).tolist() == [0, 2, 2]


@pytest.mark.parametrize("count", [3, 4, 7])
def test_is_the_vote_of_pixels(count):
    rng = np.random.default_rng(count)
    masks = rng.random((count, 9, 11)) > 0.4
    weights = rng.integers(1, 9, count).astype(float)
    weights[0] += 0.5  # no halves
    want = np.tensordot(weights, masks, 1) > weights.sum() / 2
    np.testing.assert_array_equal(voted(masks, weights), mask_runs(want))
