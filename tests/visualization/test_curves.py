"""draw_curves: needs matplotlib, and says so."""

import sys
import types

import numpy as np
import pytest

from keras_solo.visualization import draw_curves


@pytest.mark.parametrize("history", [{}, None, types.SimpleNamespace()])
def test_nothing_to_draw(history):
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match="at least one curve"):
        draw_curves(history)


def test_losses_and_metrics_have_their_own_charts():
    pytest.importorskip("matplotlib")
    one = draw_curves({"val_mask_ap": [0.1, float("nan"), 0.4]})
    two = draw_curves({"val_mask_ap": [0.1], "loss": [3.0, 2.0]})
    assert one.size[0] == two.size[0]
    assert 2 * one.size[1] == two.size[1]


def test_history_and_many_steps():
    pytest.importorskip("matplotlib")
    steps = np.exp(-np.linspace(0, 3, 1000))
    history = types.SimpleNamespace(history={"loss": steps, "mask_loss": []})
    draw_curves(history, title="Training", x_label="step")


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"keras-solo\[plot\]"):
        draw_curves({"loss": [1.0]})
