"""The figures of each epoch, as text."""

import math

from keras_solo.training.run_history import (
    best_of,
    curves_in,
    last_of,
    mode_of,
    with_row,
)


def test_nothing():
    assert curves_in("") == {}
    assert last_of({}) == {} and best_of({}, "loss", "min") is None


def test_what_comes_later_or_not_at_all():
    text = with_row("", 1, {"loss": 1 / 3, "val_mask_ap": 0.5})
    text = with_row(text, 2, {"loss": 2.0})
    text = with_row(text, 3, {"loss": 1e-30, "learning_rate": 0.1})
    assert text.splitlines()[0] == "epoch,loss,val_mask_ap,learning_rate"
    assert text.splitlines()[2] == "2,2.0,,"
    curves = curves_in(text)
    assert curves["loss"] == [1 / 3, 2.0, 1e-30]  # to the last digit
    assert [math.isnan(v) for v in curves["val_mask_ap"]] == [0, 1, 1]
    assert last_of(curves) == {
        "loss": 1e-30,
        "val_mask_ap": 0.5,
        "learning_rate": 0.1,
    }


def test_rows_grow_at_the_end():
    """As long as no name is new."""
    one = with_row("", 1, {"loss": 1.0})
    assert with_row(one, 2, {"loss": math.nan}).startswith(one)


def test_the_best():
    curves = {"ap": [math.nan, 0.5, 0.75, 0.75], "none": [math.nan]}
    assert best_of(curves, "ap", "max") == (3, 0.75)
    assert best_of(curves, "ap", "min") == (2, 0.5)
    assert best_of(curves, "none", "min") is None
    assert best_of(curves, "another", "min") is None


def test_what_is_better():
    assert [mode_of(n) for n in ("loss", "mask_loss", "val_mask_ap")] == [
        "min",
        "min",
        "max",
    ]


def test_words_are_no_numbers():
    assert math.isnan(curves_in("epoch,loss\n1,x\n")["loss"][0])
