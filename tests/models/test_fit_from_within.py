"""fit_from_within: what is left of an epoch, and callbacks that see one."""

import keras
import numpy as np
import pytest

from keras_solo.data import ShapesDataset
from keras_solo.models.fit_from_within import (
    RestOfEpoch,
    beginning_of,
    fit_from_within,
)
from tests.conftest import make_tiny_model


class Begin(keras.callbacks.Callback):
    """Goes on with what it is given."""

    def __init__(self, place):
        super().__init__()
        self.begins_within = place
        self.restored = 0

    def restore(self):
        self.restored += 1


class Seen(keras.callbacks.Callback):
    """What Keras tells a callback."""

    def __init__(self, stop_after=None):
        super().__init__()
        self.calls, self.stop_after = [], stop_after

    def on_train_begin(self, logs=None):
        self.calls.append("begin")

    def on_train_end(self, logs=None):
        self.calls.append("end")

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch}")

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == self.stop_after

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(batch)


class Rows(keras.utils.PyDataset):
    """Four batches; notes which were taken of which epoch."""

    def __init__(self):
        super().__init__()
        self.place, self.running, self.taken = (0, 0), False, []

    def __len__(self):
        return 4

    def __getitem__(self, index):
        if self.running:
            self.taken.append(self.place)
            self.place = self.place[0], self.place[1] + 1
        x = np.full((1, 1), 1.0, "float32")
        return x, -x

    def begin_within(self, epoch, done):
        self.place = epoch, done

    def on_epoch_begin(self):
        self.running = True

    def on_epoch_end(self):
        if self.running and self.place[1] == 4:
            self.place = self.place[0] + 1, 0
        self.running = False


def make_line(use_ema=False):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(
        keras.optimizers.SGD(0.1, use_ema=use_ema, ema_momentum=0.5), "mse"
    )
    model.optimizer.build(model.trainable_variables)
    return model


def fit(place, epochs, model=None, stop_after=None, **more):
    model, rows = model or make_line(), Rows()
    begin, seen = Begin(place), Seen(stop_after)
    history = fit_from_within(
        model.fit, model, begin, rows, epochs, 0, [seen, begin], **more
    )
    assert begin.restored == 1
    return history, seen.calls, rows.taken[-len(seen.calls) :]


def test_the_beginning():
    one, none = Begin((2, 3)), Begin(None)
    assert beginning_of(None, 9) is None
    assert beginning_of([Seen(), none], 9) is None
    assert beginning_of(one, 9) is one
    assert beginning_of([Seen(), one], 3) is one
    # Its epoch is not wanted any more.
    assert beginning_of([one], 2) is None
    assert beginning_of(keras.callbacks.CallbackList([one]), 9) is None


def test_callbacks_see_one_training():
    history, calls, taken = fit((1, 3), 3)
    assert calls == ["begin", "epoch 1", 3, "epoch 2", 0, 1, 2, 3, "end"]
    assert taken[-5:] == [(1, 3), (2, 0), (2, 1), (2, 2), (2, 3)]
    assert history.epoch == [1, 2] and len(history.history["loss"]) == 2


def test_the_last_epoch():
    history, calls, _ = fit((1, 2), 2)
    assert calls == ["begin", "epoch 1", 2, 3, "end"]
    assert history.epoch == [1]


def test_a_callback_stops_after_it():
    _, calls, _ = fit((1, 2), 4, stop_after=1)
    assert calls == ["begin", "epoch 1", 2, 3, "end"]


def test_fewer_steps_an_epoch():
    _, calls, _ = fit((1, 2), 3, steps_per_epoch=3)
    assert calls == ["begin", "epoch 1", 2, "epoch 2", 0, 1, 2, "end"]


def test_averages_come_in_the_end_only():
    """As in one `fit` of as many steps from the same state."""
    one, two = make_line(use_ema=True), make_line(use_ema=True)
    fit((0, 2), 2, one)
    x = np.ones((6, 1), "float32")
    two.fit(x, -x, batch_size=1, verbose=0)
    for first, second in zip(
        one.variables + one.optimizer.variables,
        two.variables + two.optimizer.variables,
        strict=True,
    ):
        np.testing.assert_array_equal(first, second)


def test_only_batches_begin_within():
    model = make_line()
    with pytest.raises(ValueError, match="Expected the Batches.*ndarray"):
        fit_from_within(
            model.fit, model, Begin((0, 1)), np.ones((2, 1)), 1, 0, []
        )
    with pytest.raises(ValueError, match="Expected the Batches"):
        fit_from_within(model.fit, model, Begin(None), Rows(), 1, 0, [])


def test_the_rest_of_an_epoch():
    rest = RestOfEpoch(Rows(), 3)
    assert len(rest) == 1 and len(rest[0]) == 2


def test_batches_of_images():
    """A SOLOv2's own `fit` asks; the images are those that are left."""
    shapes = ShapesDataset(6, original_size=(64, 64))
    model = make_tiny_model()
    batches = shapes.batches(model.preprocessor, 2, shuffle=True)
    ids = []

    class Ids(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            ids.append(batches.taken_image_ids(batch))

    model.compile(keras.optimizers.SGD(1e-3))
    model.optimizer.build(model.trainable_variables)
    callbacks = [Ids(), Begin((2, 1))]
    history = model.fit(batches, epochs=4, callbacks=callbacks, verbose=0)
    expected = [*batches.order(2)[2:], *batches.order(3)]
    assert [shapes[i].image_id for i in expected] == sum(ids, [])
    assert history.epoch == [2, 3] and batches.epoch == 4
