"""Backup: the weights of an epoch and its number, whatever happens between."""

import json
import shutil

import keras
import numpy as np
import pytest

from keras_solo.training.backup import FILES, Backup, completed_epochs, mend


class Killed(BaseException):
    """At once, as by kill -9."""


class State:
    """What Keras's callback needs of a model: weights as a file."""

    built, optimizer = True, None

    def __init__(self):
        self.weights, self.fails, self._initial_epoch = "new", False, 0

    def save_weights(self, filepath, overwrite):
        text = self.weights[: 3 if self.fails else None]
        with open(filepath, "w") as file:
            file.write(text)
        if self.fails:
            raise Killed

    def load_weights(self, path):
        with open(path) as file:
            self.weights = file.read()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backup"


@pytest.fixture
def state():
    return State()


def run(folder, state, *epochs):
    backup = Backup(folder)
    backup.set_model(state)
    for epoch in epochs:
        state.weights = f"weights {epoch}"
        backup.on_epoch_end(epoch)


def resumed(folder):
    """The weights and the epoch that a new process begins with."""
    mend(folder)
    state, backup = State(), Backup(folder)
    backup.set_model(state)
    backup.on_train_begin()
    assert completed_epochs(folder) == state._initial_epoch
    return state.weights, state._initial_epoch


def test_no_backup(folder):
    mend(folder)
    assert completed_epochs(folder) == 0
    assert resumed(folder) == ("new", 0)


def test_whole(folder, state):
    run(folder, state, 0)
    assert resumed(folder) == ("weights 0", 1)
    run(folder, state, 1, 2)
    assert resumed(folder) == ("weights 2", 3)
    assert len(list(folder.iterdir())) == 4


def test_killed_while_weights_are_written(folder, state):
    run(folder, state, 0, 1)
    state.fails = True
    with pytest.raises(Killed):
        run(folder, state, 2)
    assert completed_epochs(folder) == 2
    assert resumed(folder) == ("weights 1", 2)


def test_killed_between_weights_and_number(folder, state):
    run(folder, state, 0, 1, 2)
    (folder / "training_metadata.json").unlink()
    assert resumed(folder) == ("weights 1", 2)


def test_killed_while_the_number_is_written(folder, state):
    run(folder, state, 0, 1, 2)
    (folder / "training_metadata.json").write_text('{"epo')
    assert resumed(folder) == ("weights 1", 2)


def test_killed_in_the_first_backup(folder, state):
    state.fails = True
    with pytest.raises(Killed):
        run(folder, state, 0)
    assert completed_epochs(folder) == 0


def test_killed_while_it_is_mended(folder, state, monkeypatch):
    run(folder, state, 0, 1, 2)
    (folder / "training_metadata.json").unlink()
    copy = shutil.copyfile

    def killed(source, target):
        copy(source, target)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", killed)
        with pytest.raises(Killed):
            mend(folder)
    assert resumed(folder) == ("weights 1", 2)


def test_a_number_without_weights(folder, state):
    run(folder, state, 0, 1, 2)
    (folder / "latest.weights.h5").unlink()
    assert completed_epochs(folder) == 2
    assert resumed(folder) == ("weights 1", 2)
    for path in folder.glob("*.h5*"):
        path.unlink()
    assert completed_epochs(folder) == 0


def test_killed_while_missing_weights_are_mended(folder, state, monkeypatch):
    run(folder, state, 0, 1, 2)
    (folder / "latest.weights.h5").unlink()
    copy = shutil.copyfile

    def killed(source, target):
        copy(source, target)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", killed)
        with pytest.raises(Killed):
            mend(folder)
    assert resumed(folder) == ("weights 1", 2)


@pytest.mark.parametrize("count", range(5))
def test_killed_while_it_is_removed(folder, state, count):
    """What counts is whole at every moment."""
    run(folder, state, 0, 1, 2)
    for name in FILES[:count]:
        (folder / name).unlink()
    epochs = completed_epochs(folder)
    assert epochs == (3 if count < 2 else 0)
    if epochs:
        assert resumed(folder) == ("weights 2", 3)


def test_keras_reads_and_writes_these_files(folder):
    """A whole training with the real callback."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    x = np.ones((1, 1))
    model.fit(x, x, epochs=2, callbacks=[Backup(folder)], verbose=0)
    content = json.loads((folder / "training_metadata.json").read_text())
    assert content["epoch"] == 2
    history = model.fit(x, x, epochs=2, callbacks=[Backup(folder)], verbose=0)
    assert history.epoch == []
