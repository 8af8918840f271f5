"""A part of an epoch on the disk: whole, or known to be damaged."""

import keras
import numpy as np
import pytest

from keras_solo.training.saved_part import (
    FILES,
    SavedPart,
    part_bytes,
    part_folder,
    read_part,
    remove_part,
    restore_part,
    write_part,
)
from keras_solo.training.whole_folder import DamagedFolder
from tests.training.line import Rows, everything, make_model


def save(path, model, epoch=1, batches=7):
    place = part_folder(path, epoch, batches)
    part = SavedPart(place, epoch, batches, {"a": [1]})
    write_part(part, model)
    return part


def state(model):
    kinds = (model.variables, model.optimizer.variables)
    every = [*kinds[0], *kinds[1], *model.metrics_variables]
    return [np.array(variable) for variable in every]


def trained():
    model = make_model()
    model.fit(Rows(), verbose=0)
    return model


def test_there_and_back(tmp_path):
    """The metrics, too, which `fit` sets to nothing when it begins."""
    model = trained()
    before = state(model)
    assert model.metrics_variables and before[-1] == 2  # batches in the mean
    part = save(tmp_path, model)
    assert read_part(part.folder) == part
    other = trained()
    for variable in (*other.variables, *other.metrics_variables):
        variable.assign(np.zeros(variable.shape))
    restore_part(part, other)
    for one, two in zip(before, state(other), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_space_it_takes(tmp_path):
    model = keras.Sequential([keras.Input((300,)), keras.layers.Dense(1000)])
    model.compile(keras.optimizers.Adam(use_ema=True), loss="mse")
    model.optimizer.build(model.trainable_variables)
    part = save(tmp_path, model)
    size = sum(len(data) for data in everything(part.folder).values())
    assert size <= part_bytes(model) <= 1.1 * size


@pytest.mark.parametrize("name", FILES)
def test_damaged(tmp_path, name):
    part = save(tmp_path, trained())
    path = part.folder / name
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DamagedFolder, match=f"{name} (is|cannot)"):
        read_part(part.folder)


def test_in_the_place_of_another(tmp_path):
    part = save(tmp_path, trained())
    part.folder.rename(tmp_path / "0001-000008")
    with pytest.raises(DamagedFolder, match="not what was written"):
        read_part(tmp_path / "0001-000008")


def test_what_is_removed(tmp_path):
    part = save(tmp_path, trained())
    (part.folder / "mine").write_text("mine")
    remove_part(part.folder)
    assert everything(tmp_path) == {"0001-000007/mine": b"mine"}
    remove_part(tmp_path / "none")
