"""The end of a training: a model of the best weights, and a manifest."""

import numpy as np
import pytest

from keras_solo.training import run_files
from keras_solo.training.run_end import nothing_trained, write_end
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_manifest import read_manifest
from keras_solo.training.saved_epoch import Best, SavedEpoch, write_epoch
from keras_solo.training.saved_epochs import SavedEpochs
from tests.training.line import flat, make_model


def saved(epochs, epoch, best):
    model = make_model(use_ema=False)
    model.optimizer.build(model.trainable_variables)
    model.layers[0].bias.assign([float(epoch)])
    one = SavedEpoch(epochs.place(epoch), epoch, best, {"a": 1})
    write_epoch(one, model, "epoch,loss\n1,2.0\n2,3.0\n")
    return one


@pytest.mark.filterwarnings("ignore:No curves")
def test_the_best_is_the_model(tmp_path):
    epochs = SavedEpochs(tmp_path / "epochs")
    saved(epochs, 1, Best(1, "loss", 2.0))
    last = saved(epochs, 2, Best(1, "loss", 2.0))
    model = make_model(use_ema=False)
    model.optimizer.build(model.trainable_variables)
    write_end(tmp_path, epochs, last, model)
    assert flat(model)[-1] == 1
    other = make_model(use_ema=False)
    other.optimizer.build(other.trainable_variables)
    other.load_weights(tmp_path / run_files.MODEL / "model.weights.h5")
    np.testing.assert_array_equal(flat(other), flat(model))
    manifest = read_manifest(tmp_path / run_files.MANIFEST)
    assert manifest.finished == 2 and manifest.settings == {"a": 1}


def test_nothing(tmp_path):
    epochs = SavedEpochs(tmp_path / "epochs")
    with pytest.raises(RunFolderError, match="no epoch was trained"):
        write_end(tmp_path, epochs, None, None)
    last = saved(epochs, 1, None)
    with pytest.raises(RunFolderError, match="none logged the figure"):
        write_end(tmp_path, epochs, last, None)
    assert str(tmp_path) in str(nothing_trained(tmp_path))
