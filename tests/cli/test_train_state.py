"""What is said of a training's place, of folders made by hand."""

from types import SimpleNamespace

import pytest

from keras_solo.cli.train_state import say_end, say_interrupted, say_where


@pytest.fixture
def folder():
    return SimpleNamespace(
        completed_epochs=0,
        completed_batches=0,
        planned_epochs=None,
        best_of_all=None,
        preset="run/model",
    )


def test_a_training_that_begins_says_nothing(folder, capsys):
    say_where(folder, 3)
    assert capsys.readouterr().out == ""


def test_where_it_goes_on(folder, capsys):
    folder.completed_epochs, folder.planned_epochs = 1, 5
    say_where(folder, 3)
    folder.completed_batches = 4
    say_where(folder, 3)
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("Going on after epoch 1 of 3 (--restart")
    assert "It was to be 5 epochs: from here on" in said
    assert "epoch 1 of 3 and step 4 of the next one (" in said


def test_interrupted_before_anything_was_saved(folder, capsys):
    say_interrupted(folder, 3, 24)
    assert capsys.readouterr().out == (
        "\n0 of 3 epochs are done. Nothing is saved yet: the same command "
        "begins anew.\n"
    )


@pytest.mark.parametrize(
    "epochs, steps, words",
    [(1, 0, "1 of 3 epochs are"), (0, 7, "0 of 3 epochs and 7 of 24 steps")],
)
def test_interrupted_later(folder, capsys, epochs, steps, words):
    folder.completed_epochs, folder.completed_batches = epochs, steps
    say_interrupted(folder, 3, 24)
    said = " ".join(capsys.readouterr().out.split())
    assert words in said and "with --finish it makes a model" in said


def test_the_end(folder, capsys):
    say_end(folder)
    folder.best_of_all = SimpleNamespace(
        monitor="val_mask_ap", value=7.4563e-05, epoch=2
    )
    say_end(folder)
    assert capsys.readouterr().out.splitlines() == [
        "The model: run/model",
        "Best val_mask_ap: 7.46e-05, after epoch 2.",
        "The model: run/model",
    ]
