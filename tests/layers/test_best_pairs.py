import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers.best_pairs import best_pairs


def arrays(found):
    return [ops.convert_to_numpy(one) for one in found]


def by_sorting(scores, count):
    images, _, classes = scores.shape
    flat = scores.reshape(images, -1)
    order = np.argsort(-flat, axis=1, kind="stable")[:, :count]
    best = np.take_along_axis(flat, order, axis=1)
    return best, order // classes, order % classes


@pytest.mark.parametrize("classes", [1, 2, 5])
@pytest.mark.parametrize("count", [1, 3, 6, 7])
@pytest.mark.parametrize("values", [1, 2, 4, 100])
def test_as_sorting_finds_them(classes, count, values):
    """With few values most scores are equal to others."""
    rng = np.random.default_rng(values)
    scores = rng.integers(0, values, (3, 7, classes)).astype("float32")
    found = arrays(best_pairs(scores, count))
    wanted = by_sorting(scores, count)
    np.testing.assert_array_equal(found[0], wanted[0])
    if keras.backend.backend() == "torch":  # in any order of its own
        images = np.arange(3)[:, None]
        found = [scores[images, found[1], found[2]]]
    for mine, theirs in zip(found, wanted, strict=False):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("classes, count", [(1, 7), (5, 3), (5, 7), (5, 35)])
def test_different_scores(classes, count):
    rng = np.random.default_rng(0)
    scores = rng.permutation(3 * 7 * classes).reshape(3, 7, classes)
    scores = scores.astype("float32")
    found = arrays(best_pairs(scores, count))
    for mine, theirs in zip(found, by_sorting(scores, count), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_all_of_them():
    scores = np.float32([[[0.1, 0.3], [0.2, 0.0]]])
    _, cells, classes = arrays(best_pairs(scores, 4))
    assert cells.tolist() == [[0, 1, 0, 1]]
    assert classes.tolist() == [[1, 0, 0, 1]]
