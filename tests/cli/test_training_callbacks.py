"""An interrupted training goes on as if nothing had happened."""

import signal

import keras
import numpy as np
import pytest

from keras_solo.cli.errors import CliError
from keras_solo.cli.training_callbacks import (
    StopAtInterrupt,
    StopAtNaN,
    averages_weights,
    training_callbacks,
)
from keras_solo.cli.training_folder import TrainingFolder

EPOCHS = 4


class Rows(keras.utils.PyDataset):
    """Two batches that depend on the epoch, like `Batches`."""

    def __init__(self):
        super().__init__()
        self.epoch = 0
        self.seen = []

    def __len__(self):
        return 2

    def __getitem__(self, index):
        self.seen.append(self.epoch)
        x = np.full((1, 1), 1.0 + self.epoch, np.float32)
        return x, -x


class Score(keras.callbacks.Callback):
    """Logs figures that are given, instead of a measurement."""

    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def on_epoch_end(self, epoch, logs=None):
        logs["score"] = self.scores[epoch]


class Stop(keras.callbacks.Callback):
    """Interrupts training: before an epoch, or after its last callback."""

    def __init__(self, begin=None, end=None):
        super().__init__()
        self.begin, self.end = begin, end

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.begin:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.end:
            raise KeyboardInterrupt


def make_model(use_ema):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(0.1, 2 * EPOCHS),
        use_ema=use_ema,
        ema_momentum=0.5,
    )
    model.compile(optimizer=optimizer, loss="mse")
    optimizer.build(model.trainable_variables)
    return model


def train(folder, use_ema=True, scores=(1, 2, 3, 4), stop=None, first=()):
    """Runs one command; returns the model and the epochs it saw."""
    model, rows = make_model(use_ema), Rows()
    folder.begin({}, restart=False)
    callbacks = training_callbacks(
        folder, rows, model.optimizer, ("score", "max", [Score(scores)])
    )
    callbacks = [*first, *callbacks, *([stop] if stop else [])]
    try:
        model.fit(rows, epochs=EPOCHS, callbacks=callbacks, verbose=0)
    except KeyboardInterrupt:
        return None, rows.seen
    return model, rows.seen


def weights_of(folder, use_ema=True):
    model = make_model(use_ema)
    model.load_weights(folder.best)
    return flat(model)


def flat(model):
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


@pytest.mark.parametrize("use_ema", [False, True])
def test_interrupted_or_not(tmp_path, use_ema):
    whole = TrainingFolder(tmp_path / "whole")
    train(whole, use_ema)
    parts = TrainingFolder(tmp_path / "parts")
    assert train(parts, use_ema, stop=Stop(begin=1))[0] is None
    assert parts.completed_epochs == 1
    model, seen = train(parts, use_ema)
    # Before, Keras looks at batches without training on them.
    assert seen[-6:] == [1, 1, 2, 2, 3, 3]
    assert parts.completed_epochs == EPOCHS
    assert parts.rows() == whole.rows()
    assert len(parts.rows()) == EPOCHS
    np.testing.assert_array_equal(
        weights_of(parts, use_ema), weights_of(whole, use_ema)
    )


def test_saved_are_the_averages(tmp_path):
    """And what goes on are the others."""
    folder = TrainingFolder(tmp_path)
    model, _ = train(folder)
    # fit ends with the averages.
    np.testing.assert_array_equal(weights_of(folder), flat(model))
    plain, _ = train(TrainingFolder(tmp_path / "plain"), use_ema=False)
    assert np.abs(flat(model) - flat(plain)).max() > 1e-3


def test_the_best_is_remembered(tmp_path):
    folder = TrainingFolder(tmp_path)
    scores = (5, 9, 6, 7)
    train(folder, scores=scores, stop=Stop(begin=2))
    best = weights_of(folder)
    train(folder, scores=scores)
    np.testing.assert_array_equal(weights_of(folder), best)
    assert folder.best_epoch("score", "max") == (2, 9)


def test_interrupted_between_log_and_backup(tmp_path):
    whole = TrainingFolder(tmp_path / "whole")
    train(whole)
    parts = TrainingFolder(tmp_path / "parts")
    model, rows = make_model(True), Rows()
    parts.begin({}, restart=False)
    *before, backup = training_callbacks(
        parts, rows, model.optimizer, ("score", "max", [Score((1, 2, 3, 4))])
    )
    assert isinstance(backup, keras.callbacks.BackupAndRestore)
    with pytest.raises(KeyboardInterrupt):
        model.fit(
            rows,
            epochs=EPOCHS,
            # The second epoch is logged, but not backed up.
            callbacks=[*before, Stop(end=1), backup],
            verbose=0,
        )
    assert parts.completed_epochs == 1 and len(parts.rows()) == 2
    train(parts)
    assert parts.rows() == whole.rows()
    np.testing.assert_array_equal(weights_of(parts), weights_of(whole))


def test_a_damaged_backup(tmp_path):
    """Killed while it was written: the one before is whole."""
    folder = TrainingFolder(tmp_path)
    train(folder, stop=Stop(begin=2))
    latest = folder.backup / "latest.weights.h5"
    latest.write_bytes(latest.read_bytes()[:500])
    model, _ = train(folder)
    assert model is not None
    assert folder.completed_epochs == EPOCHS


def test_averaging_optimizers():
    average = keras.optimizers.SGD(use_ema=True)
    assert averages_weights(average)
    assert averages_weights(keras.optimizers.LossScaleOptimizer(average))
    assert not averages_weights(keras.optimizers.SGD())


def test_a_loss_that_is_no_number():
    callback = StopAtNaN()
    callback.on_train_batch_end(0, {"loss": 1.0})
    callback.on_train_batch_end(0, {})
    for loss in (float("nan"), float("inf")):
        with pytest.raises(CliError, match="step 4 .*--learning-rate"):
            callback.on_train_batch_end(3, {"loss": loss})


class Swallowed(keras.callbacks.Callback):
    """Ctrl-C at a place that catches everything."""

    def on_train_batch_begin(self, batch, logs=None):
        try:
            signal.raise_signal(signal.SIGINT)
        except BaseException:
            self.was_swallowed = True


def test_an_interrupt_is_not_lost():
    before = signal.getsignal(signal.SIGINT)
    stop, swallowed = StopAtInterrupt(), Swallowed()
    model, rows = make_model(False), Rows()
    with pytest.raises(KeyboardInterrupt):
        model.fit(rows, epochs=3, callbacks=[stop, swallowed], verbose=0)
    stop.restore()
    assert swallowed.was_swallowed
    assert signal.getsignal(signal.SIGINT) is before


def test_nothing_to_put_back_before_training():
    before = signal.getsignal(signal.SIGINT)
    StopAtInterrupt().restore()
    assert signal.getsignal(signal.SIGINT) is before


def test_who_listened_before_does_so_again():
    before = signal.getsignal(signal.SIGINT)
    make_model(False).fit(Rows(), callbacks=[StopAtInterrupt()], verbose=0)
    assert signal.getsignal(signal.SIGINT) is before
