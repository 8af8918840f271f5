"""The curves of a training as a picture."""

import math
import sys

import pytest

from keras_solo.training.run_curves import draw_run_curves


def test_nothing_to_draw(tmp_path):
    draw_run_curves({}, tmp_path / "a.png")
    draw_run_curves({"loss": [math.nan]}, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    curves = {"loss": [3.0, 2.0], "val_mask_ap": [0.5, math.nan]}
    draw_run_curves(curves, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_without_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.warns(UserWarning, match="No curves: .*pip install"):
        draw_run_curves({"loss": [1.0]}, tmp_path / "a.png")
