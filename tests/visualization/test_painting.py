"""Painting: only where the mask is."""

import numpy as np
import pytest

from keras_solo.visualization.painting import fill, outline, rounded_plate


def test_fill_nothing():
    picture = np.full((4, 6, 3), 9, np.uint8)
    fill(picture, np.zeros((4, 6), bool), (255, 0, 0), 1.0)
    assert (picture == 9).all()


@pytest.mark.parametrize("opacity, value", [(0.0, 100), (0.25, 125), (1, 200)])
def test_fill_mixes(opacity, value):
    picture = np.full((4, 6, 3), 100, np.uint8)
    mask = np.zeros((4, 6), bool)
    mask[1, 2] = True
    fill(picture, mask, (200, 200, 200), opacity)
    assert picture[1, 2].tolist() == [value] * 3
    assert (picture[~mask] == 100).all()


def test_fill_a_window_of_a_picture():
    picture = np.full((9, 12, 3), 7, np.uint8)
    mask = np.zeros((20, 20), bool)
    mask[3:5, 6:8] = True
    fill(picture[2:6, 3:9], mask[2:6, 3:9], (10, 20, 30), 1.0)
    expected = np.full((9, 12, 3), 7, np.uint8)
    expected[3:5, 6:8] = 10, 20, 30
    np.testing.assert_array_equal(picture, expected)


def test_outline_goes_round_holes_too():
    picture = np.zeros((30, 40, 3), np.uint8)
    mask = np.zeros((20, 20), bool)
    mask[2:18, 2:18] = True
    mask[8:12, 8:12] = False
    outline(picture, mask, (255, 255, 255), 1, offset=(10, 5))
    drawn = picture[..., 0] > 0
    assert drawn[7, 12] and drawn[22, 27]
    assert drawn[12, 19]
    assert not drawn[10, 15] and not drawn[15, 20]


def test_rounded_plate():
    plate = rounded_plate(6, 10, 2.0)
    assert plate.shape == (6, 10)
    assert not plate[0, 0] and not plate[-1, -1]
    assert plate[3].all() and plate[:, 5].all()
