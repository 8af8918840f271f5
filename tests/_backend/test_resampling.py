import keras
import numpy as np
import pytest
from keras import ops

from keras_solo._backend.resampling import resample


def by_keras(features, size):
    return ops.image.resize(
        features, size, interpolation="bilinear", data_format="channels_last"
    )


def test_by_hand():
    """0 and 4, doubled: a quarter of the way from each to the other."""
    maps = ops.reshape(ops.array([0.0, 4.0]), (1, 1, 2, 1))
    got = ops.convert_to_numpy(resample(maps, (2, 4)))[0, :, :, 0]
    np.testing.assert_allclose(got, [[0, 1, 3, 4]] * 2, atol=1e-6)


@pytest.mark.parametrize(
    "size", [(14, 10), (3, 2), (7, 5), (1, 1), (11, 4), (40, 36), (2, 9)]
)
def test_as_keras_resizes(size):
    maps = np.random.default_rng(0).normal(size=(2, 7, 5, 3))
    maps = ops.convert_to_tensor(maps.astype("float32"))
    np.testing.assert_allclose(
        ops.convert_to_numpy(resample(maps, size)),
        ops.convert_to_numpy(by_keras(maps, size)),
        atol=2e-6,
    )


class Resized(keras.layers.Layer):
    def __init__(self, function, size):
        super().__init__()
        self.function, self.size = function, size

    def build(self, shape):
        self.maps = self.add_weight(shape=(1, 7, 5, 2), initializer="zeros")

    def call(self, inputs):
        maps = ops.convert_to_tensor(self.maps)
        return inputs * self.function(maps, self.size)


@pytest.mark.parametrize("size", [(14, 10), (3, 2), (4, 9)])
def test_gradients_are_those_of_keras(size):
    """After one step from zero, weights are minus the gradient."""
    inputs = np.random.default_rng(1).normal(size=(1, *size, 2))
    found = []
    for function in (resample, by_keras):
        model = keras.Sequential([Resized(function, size)])
        model.compile(keras.optimizers.SGD(1.0), lambda y, x: ops.sum(x))
        model.train_on_batch(inputs.astype("float32"), np.zeros((1, 1)))
        found.append(model.get_weights()[0])
    assert np.abs(found[0]).max() > 0.1
    np.testing.assert_allclose(*found, atol=2e-6)


def test_half_precision_stays():
    maps = ops.cast(ops.ones((1, 2, 2, 1)), "float16")
    assert keras.backend.standardize_dtype(resample(maps, (4, 4)).dtype) == (
        "float16"
    )
