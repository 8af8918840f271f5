"""The tight box of a mask."""

import numpy as np
import pytest

from keras_solo.geometry.extent import extent


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
def test_the_extent_of_one_mask(dtype):
    mask = np.zeros((5, 7), dtype)
    assert extent(mask) == (0, 0, 0, 0)
    mask[3, 1] = mask[1, 6] = 1
    assert extent(mask) == (1, 1, 7, 4)
    assert extent(mask[::-1, ::-1]) == (0, 1, 6, 4)
    assert extent(np.ones((5, 7), dtype)) == (0, 0, 7, 5)


def test_a_multiple_of_256_is_inside():
    mask = np.zeros((2, 3), np.int64)
    mask[1, 2] = 256
    assert extent(mask) == (2, 1, 3, 2)
