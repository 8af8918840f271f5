"""An epoch on the disk: whole, or known to be damaged."""

import errno
import json
import operator
import os
import shutil

import keras
import numpy as np
import pytest

from keras_solo._whole_files import NotWritten
from keras_solo.training import saved_epoch, whole_folder
from keras_solo.training.saved_epoch import (
    FILES,
    STATE,
    Best,
    SavedEpoch,
    folder_of,
    needed_bytes,
    read_epoch,
    remove_files,
    restore,
    write_epoch,
)
from keras_solo.training.whole_folder import DamagedFolder
from tests.training.line import Rows, everything, flat, make_model


def trained(use_ema, epochs=1):
    model = make_model(use_ema)
    model.fit(Rows(), epochs=epochs, verbose=0)
    return model


def save(path, model, epoch=1, best=None):
    saved = SavedEpoch(folder_of(path, epoch), epoch, best, {"a": [1]})
    write_epoch(saved, model, "epoch,loss\n1,0.5\n")
    return saved


def state(model):
    return [np.array(v) for v in (*model.variables, *model.optimizer.variables)]


@pytest.mark.parametrize("use_ema", [False, True])
@pytest.mark.parametrize("best", [None, Best(1, "loss", 0.1 + 0.2)])
def test_there_and_back(tmp_path, use_ema, best):
    model = trained(use_ema)
    # In the middle of a training: not the averages.
    model.trainable_weights[0].assign([[3.0]])
    before = state(model)
    saved = save(tmp_path, model, best=best)
    for one, two in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(one, two)
    found = read_epoch(saved.folder)
    assert found == saved and found.history == "epoch,loss\n1,0.5\n"
    other = make_model(use_ema)
    other.optimizer.build(other.trainable_variables)
    restore(found, other)
    for one, two in zip(before, state(other), strict=True):
        np.testing.assert_array_equal(one, two)


def test_random_numbers_go_on(tmp_path):
    """Keras saves no seed with the weights."""

    def make():
        dropout = keras.layers.Dropout(0.5, seed=1)
        model = keras.Sequential([keras.Input((64,)), dropout])
        model.compile("sgd", loss="mse")
        model.optimizer.build(model.trainable_variables)
        return model

    x, model = np.ones((1, 64)), make()
    model(x, training=True)
    saved = save(tmp_path, model)
    then = np.array(model(x, training=True))
    other = make()
    restore(saved, other)
    np.testing.assert_array_equal(other(x, training=True), then)


def test_it_is_a_preset_of_the_averages(tmp_path):
    model = trained(use_ema=True)
    averages = flat(model)  # `fit` ends with them
    model.trainable_weights[0].assign([[3.0]])
    saved = save(tmp_path, model)
    other = keras.saving.deserialize_keras_object(
        json.loads((saved.folder / "config.json").read_text())
    )
    other.load_weights(saved.folder / "model.weights.h5")
    np.testing.assert_array_equal(flat(other), averages)


@pytest.mark.parametrize("use_ema", [False, True])
def test_the_space_it_takes(tmp_path, use_ema):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((300,)), keras.layers.Dense(1000), keras.layers.Dense(3)]
    )
    model.compile(keras.optimizers.Adam(use_ema=use_ema), loss="mse")
    model.optimizer.build(model.trainable_variables)
    saved = save(tmp_path, model)
    size = sum(len(data) for data in everything(saved.folder).values())
    assert size <= needed_bytes(model) <= 1.1 * size


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


TEARS = {
    "emptied": lambda path: path.write_bytes(b""),
    "halved": cut,
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "removed": lambda path: path.unlink(),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b" "),
}


@pytest.mark.parametrize("tear", TEARS)
@pytest.mark.parametrize("name", FILES)
def test_damaged(tmp_path, monkeypatch, name, tear):
    # As of a model around another, which has all of the files.
    optimizer = operator.attrgetter("optimizer.variables")
    monkeypatch.setattr(saved_epoch, "_around", optimizer)
    saved = save(tmp_path, trained(use_ema=True))
    if (name, tear) == (STATE, "longer"):
        return  # JSON does not care.
    TEARS[tear](saved.folder / name)
    with pytest.raises(DamagedFolder, match=f"{name} (is|cannot)"):
        read_epoch(saved.folder)


@pytest.mark.parametrize("name", [STATE, "model.weights.h5", "history.csv"])
def test_files_of_another_epoch(tmp_path, name):
    one = save(tmp_path, trained(True, 1))
    two = SavedEpoch(folder_of(tmp_path, 2), 2, None, {})
    write_epoch(two, trained(True, 2), "epoch,loss\n1,0.5\n2,0.25\n")
    shutil.copyfile(one.folder / name, two.folder / name)
    with pytest.raises(DamagedFolder, match="not what was written"):
        read_epoch(two.folder)


def test_a_whole_epoch_in_the_place_of_another(tmp_path):
    one = save(tmp_path, trained(True))
    one.folder.rename(tmp_path / "0002")
    with pytest.raises(DamagedFolder, match="not what was written"):
        read_epoch(tmp_path / "0002")


@pytest.mark.parametrize(
    "text", ["[]", "3", "null", '{"sha256": 1}', "[" * 100_000, "{}"]
)
def test_another_json(tmp_path, text):
    saved = save(tmp_path, trained(False))
    (saved.folder / STATE).write_text(text)
    with pytest.raises(DamagedFolder, match="epoch.json"):
        read_epoch(saved.folder)


def test_a_file_that_is_none_of_ours(tmp_path):
    saved = save(tmp_path, trained(False))
    path = saved.folder / STATE
    content = json.loads(path.read_text())
    del content["sha256"]
    content["files"]["../../secret"] = "0"
    content["sha256"] = whole_folder._text_sum(content)
    path.write_text(json.dumps(content))
    with pytest.raises(DamagedFolder, match="names ../../secret"):
        read_epoch(saved.folder)


@pytest.mark.parametrize("place", ["rename", "fsync"])
@pytest.mark.parametrize("end", [KeyboardInterrupt, OSError])
def test_ended_on_the_way(tmp_path, monkeypatch, place, end):
    one = save(tmp_path, trained(True))
    before = everything(tmp_path)

    def ended(*arguments):
        raise end(errno.ENOSPC, "No space left on device")

    expected = NotWritten if end is OSError else end
    with monkeypatch.context() as patch:
        patch.setattr(os, place, ended)
        with pytest.raises(expected):
            save(tmp_path, trained(True), epoch=2)
    assert everything(tmp_path) == before
    assert read_epoch(one.folder) == one


def test_what_a_killed_process_left(tmp_path):
    left = tmp_path / ".new-0001"
    left.mkdir()
    for name in (*FILES, ".new-config.json"):
        (left / name).write_text("half")
    model = trained(True)
    saved = save(tmp_path, model)
    assert not left.exists()
    # A damaged one makes room, too.
    (saved.folder / STATE).write_text("")
    assert read_epoch(save(tmp_path, model).folder)


def test_what_somebody_else_put_there_stays(tmp_path):
    saved = save(tmp_path, trained(True))
    mine = saved.folder / "mine"
    mine.write_text("mine")
    remove_files(saved.folder)
    assert everything(saved.folder) == {"mine": b"mine"}
    # It does not stand in the way of an epoch, not even twice.
    for name in ("0001-kept", "0001-kept-2"):
        saved = save(tmp_path, trained(True))
        assert read_epoch(saved.folder) == saved
        assert everything(tmp_path / name) == {"mine": b"mine"}
        (saved.folder / "mine").write_text("mine")
    assert not (tmp_path / "0001-kept-3").exists()


def test_of_a_link_the_link_alone_is_removed(tmp_path):
    save(tmp_path / "archive", trained(True))
    before = everything(tmp_path / "archive")
    (tmp_path / "0001").symlink_to(tmp_path / "archive" / "0001")
    remove_files(tmp_path / "0001")
    assert not (tmp_path / "0001").is_symlink()
    assert everything(tmp_path / "archive") == before


def test_a_file_that_the_disk_does_not_give_back(tmp_path, monkeypatch):
    saved = save(tmp_path, trained(True))

    def broken(path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(whole_folder, "_sum", broken)
    with pytest.raises(DamagedFolder, match="cannot be read"):
        read_epoch(saved.folder)
