"""Sizes: height before width, whole and positive."""

import numpy as np
import pytest

from keras_solo.geometry.size import checked_size, round_up


@pytest.mark.parametrize("size", [(3, 4), [3, 4], np.array([3, 4]), (3.0, 4.9)])
def test_two_numbers_are_a_size(size):
    assert checked_size(size) == (3, 4)
    assert all(type(side) is int for side in checked_size(size))


@pytest.mark.parametrize(
    "size", [None, 3, (), (3,), (3, 4, 5), (0, 4), (3, -1), "ab", (3, None)]
)
def test_anything_else_is_none(size):
    with pytest.raises(ValueError, match="two positive integers, height and"):
        checked_size(size)


@pytest.mark.parametrize("side, rounded", [(0, 0), (1, 32), (32, 32), (33, 64)])
def test_round_up(side, rounded):
    assert round_up(side, 32) == rounded
