"""Curves without matplotlib."""

import numpy as np
import pytest

from keras_solo.visualization import draw_precision_recall
from keras_solo.visualization.colors import instance_colors
from keras_solo.visualization.precision_recall import LEFT, SIDE, TOP


def test_no_curves():
    empty = draw_precision_recall({})
    assert empty.size == (408, 546)
    assert (empty.array[TOP + 5 : TOP + 50, LEFT + 5 : LEFT + 50] == 255).all()


def colour_at(picture, recall, precision):
    x, y = LEFT + round(SIDE * recall), TOP + round(SIDE * (1 - precision))
    return picture.array[y, x].astype(int)


def test_where_a_curve_runs():
    picture = draw_precision_recall({"cat": [1.0, 0.5, 0.5]}, "a title")
    colour = instance_colors([0])[0].astype(int)
    for recall, precision in ((0.25, 0.75), (0.5, 0.5), (0.75, 0.5)):
        found = colour_at(picture, recall, precision)
        assert np.abs(found - colour).max() < 60, (recall, found)
    assert colour_at(picture, 0.7, 0.9).tolist() == [255, 255, 255]


def test_what_is_not_finite_is_left_out():
    whole = draw_precision_recall({"cat": [np.nan, np.nan]})
    named = draw_precision_recall({"cat": [0.5, np.nan]})
    assert whole.size == named.size


def test_long_names_end_before_the_page():
    picture = draw_precision_recall({"W" * 300: [0.5, 0.5]})
    assert (picture.array[:, -3:] == 255).all()


def test_a_point_is_no_curve():
    with pytest.raises(ValueError, match=r"of 'cat'. .* shape \(1,\)"):
        draw_precision_recall({"cat": [0.5]})
