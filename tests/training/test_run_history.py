"""The rows of a training: curves, the best, and what is forgotten."""

import math

import pytest

from keras_solo.training.run_history import (
    WriteHistory,
    best_of,
    forget_rows_after,
    read_curves,
)


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.csv"
    path.write_bytes(b"epoch,loss,ap\r\n0,3.0,NA\r\n1,2.0,NA\r\n2,1.0,0.5\r\n")
    return path


def test_nothing_was_logged(tmp_path):
    path = tmp_path / "history.csv"
    assert read_curves(path) == {}
    forget_rows_after(path, 3)
    assert not path.exists()
    path.write_text("")
    assert read_curves(path) == {}
    forget_rows_after(path, 3)
    path.write_text("epoch,loss\r\n")
    assert read_curves(path) == {}
    assert best_of({}, "loss", "min") is None


def test_rows_are_added(tmp_path):
    path = tmp_path / "history.csv"
    for epoch, logs in enumerate([{"b": 1.5, "a": 2}, {"a": 3, "c": 4}, None]):
        WriteHistory(path).on_epoch_end(epoch, logs)
    assert path.read_bytes() == (
        b"epoch,a,b\r\n0,2,1.5\r\n1,3,NA\r\n2,NA,NA\r\n"
    )
    assert read_curves(path)["a"][:2] == [2.0, 3.0]


def test_curves(history):
    curves = read_curves(history)
    assert list(curves) == ["loss", "ap"]
    assert curves["loss"] == [3.0, 2.0, 1.0]
    assert math.isnan(curves["ap"][0]) and curves["ap"][2] == 0.5


def test_rows_that_come_again(history):
    forget_rows_after(history, 2)
    assert history.read_bytes() == b"epoch,loss,ap\r\n0,3.0,NA\r\n1,2.0,NA\r\n"
    forget_rows_after(history, 0)
    assert history.read_bytes() == b"epoch,loss,ap\r\n"


def test_a_row_that_was_cut_off(history):
    """Epoch 10 is no epoch 1."""
    history.write_bytes(b"epoch,loss,ap\r\n0,3.0,1\r\n1")
    forget_rows_after(history, 10)
    assert history.read_bytes() == b"epoch,loss,ap\r\n0,3.0,1\r\n"


def test_the_first_of_equals_is_best():
    curves = {"ap": [0.1, 0.4, 0.4, math.nan], "none": [math.nan]}
    assert best_of(curves, "ap", "max") == (2, 0.4)
    assert best_of(curves, "ap", "min") == (1, 0.1)
    assert best_of(curves, "none", "max") is None
