"""Averages of squares of pixels."""

import cv2
import numpy as np
import pytest

from keras_solo.data.reduced_image import reduced_image, reduction

RNG = np.random.default_rng(0)


def reduced(image, factor, block):
    def read(window):
        x1, y1, x2, y2 = window
        return image[y1:y2, x1:x2]

    return reduced_image(read, image.shape[:2], factor, block)


@pytest.mark.parametrize(
    "size, at_least, factor",
    [
        ((1, 1), (5, 5), 1),
        ((10, 10), (5, 5), 2),
        ((10, 10), (6, 1), 1),
        ((9, 100), (3, 3), 3),
        ((11, 100), (1, 1), 11),
    ],
)
def test_the_largest_factor(size, at_least, factor):
    assert reduction(size, at_least) == factor
    small = [-(-side // factor) for side in size]
    if factor > 1:
        assert all(map(int.__ge__, small, at_least))


def test_a_table_by_hand():
    image = np.zeros((3, 5, 3), np.uint8)
    image[..., 1] = [
        [10, 20, 0, 0, 7],
        [30, 40, 0, 4, 9],
        [50, 60, 1, 2, 200],
    ]
    small = reduced(image, 2, (2, 2))
    assert small[..., 1].tolist() == [[25, 1, 8], [55, 2, 200]]
    assert not small[..., [0, 2]].any()


@pytest.mark.parametrize("block", [(1, 1), (7, 200), (64, 16)])
@pytest.mark.parametrize("factor", [1, 2, 3, 10, 64])
def test_blocks_leave_no_seams(block, factor):
    """Each pixel is the mean of those it stands for, and of no others."""
    image = RNG.integers(0, 256, (130, 61, 3), np.uint8)
    small = reduced(image, factor, block)
    for y, row in enumerate(small):
        for x, pixel in enumerate(row):
            rows = slice(y * factor, (y + 1) * factor)
            square = image[rows, x * factor : (x + 1) * factor]
            assert np.abs(square.mean((0, 1)) - pixel).max() <= 0.5 + 1e-4
    assert small.shape[:2] == tuple(-(-s // factor) for s in (130, 61))


def test_fine_lines_do_not_alias():
    lines = np.zeros((120, 120, 3), np.uint8)
    lines[:, ::2] = 255
    assert set(np.unique(reduced(lines, 6, (30, 30)))) <= {127, 128}
    plain = cv2.resize(lines, (20, 20), interpolation=cv2.INTER_NEAREST)
    assert set(np.unique(plain)) <= {0, 255}
