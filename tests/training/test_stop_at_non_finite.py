"""StopAtNonFinite: which step of which epoch went wrong."""

import keras
import numpy as np
import pytest

from keras_solo.callbacks import StopAtNonFinite


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
