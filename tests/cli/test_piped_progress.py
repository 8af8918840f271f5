"""Lines within an epoch, where nobody can redraw a bar."""

import keras
import numpy as np
import pytest

from keras_solo.cli import piped_progress as module
from keras_solo.cli.piped_progress import PipedProgress, piped_progress


def fit(callbacks):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    x = np.ones((3, 1))
    model.fit(x, x, 1, epochs=2, callbacks=callbacks, verbose=0)


def test_lines(capsys, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.0)
    fit([PipedProgress()])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[4].startswith("Epoch 2: step 2 of 3, loss ")
    float(lines[4].rpartition(" ")[2])


def test_not_too_many(capsys):
    fit([PipedProgress()])
    assert capsys.readouterr().out == ""


def test_an_unknown_number_of_steps(capsys, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.0)
    callback = PipedProgress()
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(0)
    assert capsys.readouterr().out == "Epoch 1: step 1\n"


@pytest.mark.parametrize(("verbose", "count"), [(1, 0), (2, 1)])
def test_only_where_there_is_no_terminal(monkeypatch, verbose, count):
    monkeypatch.setattr(module, "verbosity", lambda: verbose)
    assert len(piped_progress()) == count
