"""draw_learning_rates: a log scale, a line at the suggestion."""

import sys

import numpy as np
import pytest

from keras_solo.visualization import draw_learning_rates

RATES = 10.0 ** np.arange(-4, 1)
LOSSES = [2.0, 1.5, 1.0, 2.0, 8.0]


@pytest.mark.parametrize("curves", [([], [], []), (RATES, LOSSES, LOSSES[1:])])
def test_nothing_to_draw(curves):
    with pytest.raises(ValueError, match="at least one"):
        draw_learning_rates(*curves)


def test_the_suggestion_is_a_line():
    plain = draw_learning_rates(RATES, LOSSES, LOSSES)
    marked = draw_learning_rates(RATES, LOSSES, LOSSES, suggested=1e-2)
    assert plain.size == marked.size == (432, 624)
    differs = (plain.array != marked.array).any(axis=2)
    # From the bottom of the chart to its top, in the middle of its width.
    column = differs.sum(axis=0).argmax()
    assert differs[:, column].sum() > 150
    assert abs(column - 312) < 60


def test_a_step_astray_does_not_flatten_the_curve():
    wild = [*LOSSES[:4], 1e9]
    tame = draw_learning_rates(RATES, LOSSES, LOSSES)
    astray = draw_learning_rates(RATES, wild, LOSSES)
    # The smoothed line is where it was.
    same = (tame.array == astray.array).all(axis=2)
    assert same.mean() > 0.97


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"keras-solo\[plot\]"):
        draw_learning_rates(RATES, LOSSES, LOSSES)
