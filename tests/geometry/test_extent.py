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


def test_narrow_masks_wherever_they_are_in_memory():
    """OpenCV 4.8 loses their right side where it is not at a multiple of 4."""
    rng = np.random.default_rng(0)
    for _ in range(2000):
        height, width, before = rng.integers(1, 9, 3)
        memory = np.zeros(before + height * width, bool)
        mask = memory[before:].reshape(height, width)
        mask[:] = rng.random(mask.shape) < rng.choice([0.2, 1.0])
        rows, columns = np.nonzero(mask)
        if len(rows):
            assert extent(mask) == (
                columns.min(),
                rows.min(),
                columns.max() + 1,
                rows.max() + 1,
            )
