import numpy as np
import pytest

from keras_solo.visualization.bars import BAR, COLOR, GAP, LONGEST, draw_bars


def widths(picture):
    """The blue pixels in the middle of each bar."""
    blue = (picture.array == COLOR).all(axis=2)
    return blue[GAP + BAR // 2 :: BAR + GAP].sum(axis=1)


def test_nothing():
    with pytest.raises(ValueError, match="at least 0. Received: {}"):
        draw_bars({})
    with pytest.raises(ValueError, match="Received: {'a': -1}"):
        draw_bars({"a": -1})


def test_no_bar_where_there_is_nothing():
    assert widths(draw_bars({"a": 0, "b": 0})).tolist() == [0, 0]


def test_bars_are_as_long_as_numbers_are_large():
    found = widths(draw_bars({"a": 50, "b": 100, "c": 0, "rare": 1}))
    assert found[1] >= LONGEST
    assert abs(found[0] - LONGEST / 2) <= 2
    assert found[2] == 0 and found[3] > 0


def test_one_of_a_million_is_seen():
    assert widths(draw_bars({"a": 1_000_000, "b": 1}))[1] > 0


def test_long_names():
    hostile = draw_bars({"<b>\n\u202e" + 500 * "x": 1})
    assert hostile.size[1] < 1500
    assert (np.asarray(hostile) < 255).any()
