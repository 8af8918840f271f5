"""Pairs of tracks and masks: the best in sum, by overlap and by place."""

import numpy as np

from keras_solo.inference.track_matching import (
    assigned,
    overlap_affinity,
    place_affinity,
)
from tests.inference.test_placed_masks import squares


def test_none():
    assert assigned(np.zeros((0, 3))) == []
    assert overlap_affinity([], squares((1, 1)), 0.3).shape == (0, 1)
    assert place_affinity(squares((1, 1)), [], np.array([16.0])).shape == (1, 0)


def test_the_best_sum_and_not_the_best_pair():
    table = np.array([[0.9, 0.8], [0.85, -np.inf]])
    assert assigned(table) == [(0, 1), (1, 0)]
    assert assigned(np.full((2, 2), -np.inf)) == []
    # Many pairs are worth more than one good one.
    assert assigned(np.array([[0.9, -np.inf], [0.1, -np.inf]])) == [(0, 0)]


def test_overlap():
    found = overlap_affinity(squares((5, 5)), squares((5, 6), (7, 5)), 0.4)
    np.testing.assert_allclose(found, [[12 / 20, -np.inf]])


def test_another_color_is_less():
    image = np.zeros((20, 30, 3), np.uint8)
    image[:, 5:] = 51
    dark, light = squares((0, 0), (8, 0), image=image)
    light = light.moved(np.array([-8, 0]))
    [[same, other]] = overlap_affinity([dark], [dark, light], 0.3)
    np.testing.assert_allclose([same, other], [1, 0.8])


def test_place():
    tracks, whole = squares((5, 5)), np.array([16.0])
    found = place_affinity(tracks, squares((5, 5), (7, 5), (9, 5)), whole)
    np.testing.assert_allclose(found, [[1, 0.5, -np.inf]])
    # What is much larger than it ever was is something else.
    assert place_affinity(tracks, squares((5, 5)), whole / 3) == -np.inf
