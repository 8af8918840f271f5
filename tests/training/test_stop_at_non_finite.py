"""StopAtNonFinite: which step of which epoch went wrong."""

import keras
import numpy as np
import pytest

from keras_solo.callbacks import StopAtNonFinite
from keras_solo.data import ShapesDataset


def test_numbers_pass():
    callback = StopAtNonFinite()
    callback.on_train_batch_end(0)
    callback.on_train_batch_end(0, {})
    callback.on_train_batch_end(0, {"loss": 1.0})


@pytest.mark.parametrize("loss", ["nan", "inf"])
def test_outside_of_fit(loss):
    message = f"The loss became {loss} in step 4[.]"
    with pytest.raises(FloatingPointError, match=message):
        StopAtNonFinite().on_train_batch_end(3, {"loss": float(loss)})


def test_fit_ends_there():
    x = np.ones((4, 1), np.float32)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(1e30), loss="mse")
    with pytest.raises(FloatingPointError, match="in step [23] of epoch 1"):
        model.fit(x, x, 1, 2, callbacks=[StopAtNonFinite()], verbose=0)


@pytest.mark.parametrize("workers", [0, 2])
def test_the_images_are_named(tiny_model, workers):
    """Those of the step, whatever was prepared ahead."""
    shapes = ShapesDataset(6, original_size=(64, 64))
    batches = shapes.batches(
        tiny_model.preprocessor, 2, shuffle=True, seed=3, workers=workers
    )

    class Poison(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if self.epoch == 1 and batch == 2:
                weight = self.model.trainable_weights[0]
                weight.assign(np.full(weight.shape, np.nan))

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

    stop = StopAtNonFinite(batches)
    with pytest.raises(FloatingPointError) as error:
        tiny_model.fit(batches, epochs=3, callbacks=[Poison(), stop], verbose=0)
    ids = [shapes[index].image_id for index in batches.order(1)[4:]]
    assert str(error.value) == (
        "The loss became nan in step 3 of epoch 2, on the images with the ids "
        f"{ids[0]}, {ids[1]}."
    )
