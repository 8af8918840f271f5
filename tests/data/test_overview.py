"""Instances of a large image, on the same image made smaller."""

import numpy as np
import pytest

from keras_solo.data.instances import Instances
from keras_solo.data.overview import overview
from keras_solo.data.windows import open_windows

# 6 x 9 pixels, of which 3 x 3 become one.
IMAGE = np.zeros((6, 9, 3), np.uint8)
IMAGE[:3, 3:6] = 90


def found(count=2):
    masks = np.zeros((count, 6, 9), bool)
    masks[:1, 2, 8] = True
    masks[1:, 3:, :4] = True
    return Instances(
        masks, [0] * count, [0.5] * count, original_size=(6, 9), image=None
    )


def test_none():
    with open_windows(IMAGE) as windows:
        small = overview(found(0), windows, side=3)
    assert len(small) == 0 and small.original_size == (2, 3)
    assert small.image[..., 0].tolist() == [[0, 90, 0], [0, 0, 0]]


def test_no_mask_is_lost():
    with open_windows(IMAGE) as windows:
        small = overview(found(), windows, side=3)
    assert small.masks.astype(int).tolist() == [
        [[0, 0, 1], [0, 0, 0]],
        [[0, 0, 0], [1, 1, 0]],
    ]
    assert small.boxes[1] == pytest.approx([0, 1, 4 / 3, 2])
    assert small.scores.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("side", [5, 9, 100])
def test_what_is_small_stays_as_it_is(side):
    with open_windows(IMAGE) as windows:
        same = overview(found(), windows, side)
    assert (same.masks == found().masks).all()
    assert (same.image == IMAGE).all()


@pytest.mark.parametrize("size", [(100, 7), (7, 100), (31, 64), (19, 19)])
def test_sides_that_no_square_divides(size):
    masks = np.ones((1, *size), bool)
    with open_windows(np.zeros((*size, 3), np.uint8)) as windows:
        small = overview(Instances(masks, [0]), windows, side=10)
    assert 10 <= max(small.original_size) < 20
    assert small.masks.all()


def test_another_image():
    with open_windows(IMAGE[:, :5]) as windows:
        with pytest.raises(ValueError, match="Received: one of [(]6, 5[)]"):
            overview(found(), windows)
    with open_windows(IMAGE) as windows:
        with pytest.raises(ValueError, match="at least 1. Received: 0"):
            overview(found(), windows, side=0)
