"""Masks with their places: moved, compared, and told apart by colour."""

import numpy as np

from keras_solo.data.instances import Instances
from keras_solo.inference.placed_masks import (
    color_distances,
    common_areas,
    placed_masks,
)


def squares(*places, image=None):
    """Squares of 4 px whose upper left corners are at x, y."""
    masks = np.zeros((len(places), 20, 30), bool)
    for mask, (x, y) in zip(masks, places, strict=True):
        mask[y : y + 4, x : x + 4] = True
    return placed_masks(Instances(masks, [0] * len(places), image=image))


def test_none():
    assert placed_masks(Instances([], [], original_size=(4, 6))) == []
    assert common_areas([], squares((1, 1))).shape == (0, 1)
    assert color_distances(squares((1, 1)), []).shape == (1, 0)


def test_a_mask_without_a_pixel():
    image = np.zeros((4, 6, 3), np.uint8)
    given = Instances(np.zeros((1, 4, 6), bool), [0], image=image)
    [empty] = placed_masks(given)
    assert empty.area == 0 and empty.color is None
    assert common_areas([empty], squares((0, 0))).tolist() == [[0]]


def test_facts_and_moves():
    [square] = squares((5, 7))
    assert (square.x, square.y, square.area, square.size) == (5, 7, 16, 4)
    assert square.center.tolist() == [7, 9]
    moved = square.moved(np.array([-6.4, 2.6]))
    assert (moved.x, moved.y) == (-1, 10)
    np.testing.assert_allclose(moved.center, [0.6, 11.6])


def test_common_areas():
    some, others = squares((5, 5), (20, 5)), squares((7, 6), (9, 5), (5, 5))
    assert common_areas(some, others).tolist() == [[6, 0, 16], [0, 0, 0]]
    moved = [some[1].moved(np.array([-15, 0]))]
    assert common_areas(moved, others).tolist() == [[6, 0, 16]]


def test_colors():
    image = np.zeros((20, 30, 3), np.uint8)
    image[:, 10:] = 255
    black, white = squares((2, 2), (15, 2), image=image)
    [unknown] = squares((2, 2))
    found = color_distances([black, white, unknown], [black, white])
    np.testing.assert_allclose(found, [[0, 1], [1, 0], [0, 0]])
