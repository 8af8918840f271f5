"""Four quadrants are the canvas."""

import numpy as np
import pytest

from keras_solo.data.mosaic import quadrants


@pytest.mark.parametrize("size", [(32, 32), (64, 96), (544, 32)])
def test_four_quadrants_are_the_canvas(size):
    for seed in range(20):
        parts = quadrants(np.random.default_rng(seed), size)
        canvas = np.zeros(size, int)
        for x1, y1, x2, y2 in parts:
            canvas[y1:y2, x1:x2] += 1
            assert x2 - x1 >= size[1] // 4
            assert y2 - y1 >= size[0] // 4
        assert (canvas == 1).all()
        assert not np.ravel(parts).astype(int).__mod__(4).any()
