"""SaveEpoch: after any end, two epochs are whole and the best is known."""

import math
import signal
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_solo.models.preset_pointer import followed
from keras_solo.training import save_epoch
from keras_solo.training.save_epoch import SaveEpoch
from keras_solo.training.saved_epoch import Best
from keras_solo.training.saved_epochs import SavedEpochs
from tests.training.line import Rows, flat, make_model


def saving(path, monitor="score", mode="max", last=None, measures=()):
    epochs = SavedEpochs(path / "epochs")
    path.mkdir(exist_ok=True)
    return SaveEpoch(path, epochs, {"a": 1}, monitor, mode, last, measures)


def run(callback, scores, begin=0, name="score"):
    """Ends epochs of a model that learns nothing; returns which stayed."""
    model = make_model()
    model.optimizer.build(model.trainable_variables)
    callback.set_model(model)
    kept = []
    for epoch, score in enumerate(scores, start=begin):
        logs = {"loss": 1.0} if score is None else {"loss": 1.0, name: score}
        callback.on_epoch_end(epoch, logs)
        whole, problems = callback.epochs.found()
        assert not problems
        kept.append(sorted(saved.epoch for saved in whole))
    return kept


def test_which_stay(tmp_path):
    callback = saving(tmp_path)
    kept = run(callback, [1, 3, 2, math.nan, 3, 4])
    # The last, and the best or the one before.
    assert kept == [[1], [1, 2], [2, 3], [2, 4], [2, 5], [5, 6]]
    assert callback.last.best == Best(6, "score", 4)


def test_less_is_better(tmp_path):
    callback = saving(tmp_path, mode="min")
    run(callback, [2, 1, 3])
    assert callback.last.best == Best(2, "score", 1)
    assert followed(tmp_path / "best").resolve().name == "0002"
    assert followed(tmp_path / "last").resolve().name == "0003"
    assert followed(tmp_path).resolve().name == "0002"


def test_not_measured_at_first(tmp_path):
    callback = saving(tmp_path)
    with pytest.warns(UserWarning, match="Expected 'score' in .*: loss"):
        run(callback, [None, None, 1])
    assert callback.last.best == Best(3, "score", 1)


def test_only_what_was_measured(tmp_path):
    measure = SimpleNamespace(measured=True, possible_names=("score",))
    callback = saving(tmp_path, measures=[measure])
    run(callback, [1])
    measure.measured = False
    run(callback, [1], begin=1)
    assert callback.last.history == "epoch,loss,score\n1,1.0,1.0\n2,1.0,\n"
    assert (tmp_path / "history.csv").read_text() == callback.last.history


def test_a_training_goes_on(tmp_path):
    one, two = make_model(), make_model()
    one.fit(Rows(), epochs=3, verbose=0, callbacks=[saving(tmp_path, "loss")])
    first = saving(tmp_path / "b", "loss")
    two.fit(Rows(), epochs=2, verbose=0, callbacks=[first])
    three = make_model()
    three.optimizer.build(three.trainable_variables)
    rows = Rows()

    class Epoch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            seen.append(epoch)

    seen = []
    second = saving(tmp_path / "b", "loss", last=first.last)
    three.fit(rows, epochs=3, verbose=0, callbacks=[second, Epoch()])
    assert seen == [2] and second.last.epoch == 3
    assert np.isfinite(flat(three)).all()


def test_another_figure_says_what_is_best(tmp_path):
    first = saving(tmp_path, "loss", "min")
    run(first, [5])
    second = saving(tmp_path, "score", "max", first.last)
    run(second, [1], begin=1)
    assert second.last.best == Best(2, "score", 1)


@pytest.mark.parametrize("place", ["write_epoch", "lead_to", "write_whole"])
def test_ctrl_c_waits_for_the_end(tmp_path, monkeypatch, place):
    usual = getattr(save_epoch, place)

    def interrupted(*arguments):
        signal.raise_signal(signal.SIGINT)
        usual(*arguments)

    monkeypatch.setattr(save_epoch, place, interrupted)
    callback = saving(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(callback, [1])
    assert callback.last.epoch == 1
    assert (tmp_path / "history.csv").read_text() == callback.last.history
    assert followed(tmp_path / "last").resolve().name == "0001"
