"""draw_sheet: pictures row by row, white between them."""

import numpy as np
import pytest

from keras_solo.visualization import Picture, draw_sheet


def test_nothing_to_draw():
    with pytest.raises(ValueError, match="0 of the sizes"):
        draw_sheet([])


def test_row_by_row():
    pictures = [np.full((4, 6, 3), i, np.uint8) for i in (10, 20, 30)]
    pictures[1] = Picture(pictures[1])
    page = draw_sheet(pictures, columns=2).array
    assert page.shape == (2 * 4 + 3 * 8, 2 * 6 + 3 * 8, 3)
    assert page[8, 8, 0] == 10
    assert page[8, 22, 0] == 20
    assert page[20, 8, 0] == 30
    assert page[20, 22, 0] == page[0, 0, 0] == 255


def test_no_wider_than_needed():
    assert draw_sheet([np.zeros((4, 6, 3), np.uint8)]).size == (4 + 16, 6 + 16)


def test_titles_are_below_their_pictures():
    pictures = [np.zeros((20, 80, 3), np.uint8)] * 3
    plain = draw_sheet(pictures, columns=2)
    titled = draw_sheet(pictures, columns=2, titles=["one", "", "three"])
    assert titled.size == (plain.size[0] + 2 * 18, plain.size[1])
    below = titled.array[28:44]
    assert below[:, 8:88].min() < 128 and below[:, 96:176].min() == 255
    assert titled.array[74:90, 8:88].min() < 128
    with pytest.raises(ValueError, match="each of 3 pictures. Received: 1"):
        draw_sheet(pictures, titles=["one"])


def test_other_sizes():
    with pytest.raises(ValueError, match="2 of the sizes"):
        draw_sheet([np.zeros((4, 6, 3)), np.zeros((6, 4, 3))])
