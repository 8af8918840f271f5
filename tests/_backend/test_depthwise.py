import keras
import numpy as np
import pytest
from keras import ops

from keras_solo._backend.depthwise import (
    convolve_by_taps,
    is_depthwise,
    is_for_taps,
)


def test_by_hand():
    """Two channels, each with its own kernel of 1 x 2."""
    inputs = np.float32([[1, 10], [2, 20], [3, 30]]).reshape(1, 1, 3, 2)
    kernel = np.float32([[1, 0], [2, -1]]).reshape(1, 2, 1, 2)
    outputs = convolve_by_taps(
        ops.convert_to_tensor(inputs), ops.convert_to_tensor(kernel), (1, 1)
    )
    got = ops.convert_to_numpy(outputs).reshape(2, 2).tolist()
    assert got == [[5.0, -20.0], [8.0, -30.0]]


@pytest.mark.parametrize(
    "size, strides", [(3, (1, 1)), (5, (2, 2)), (3, (2, 3))]
)
def test_as_the_convolution_of_the_backend(size, strides):
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(2, 9, 11, 4)).astype("float32")
    kernel = rng.normal(size=(size, size, 1, 4)).astype("float32")
    layer = keras.layers.Conv2D(4, size, strides, groups=4, use_bias=False)
    model = keras.Sequential([keras.Input((9, 11, 4)), layer])
    layer.kernel.assign(kernel)
    got = convolve_by_taps(
        *map(ops.convert_to_tensor, (inputs, kernel)), strides
    )
    want = model.predict(inputs, verbose=0)
    np.testing.assert_allclose(ops.convert_to_numpy(got), want, atol=1e-5)


@pytest.mark.parametrize(
    "channels, shape, is_one",
    [
        (4, (3, 3, 1, 4), True),
        (4, (3, 3, 2, 4), False),
        (4, (3, 3, 1, 8), False),
        (1, (3, 3, 1, 1), False),
    ],
)
def test_for_which_kernels(channels, shape, is_one):
    inputs, kernel = ops.ones((1, 4, 4, channels)), ops.ones(shape)
    assert is_depthwise(inputs, kernel) is is_one
    on_jax = keras.backend.backend() == "jax"
    assert is_for_taps(inputs, kernel) is (is_one and on_jax)
    assert not is_for_taps(inputs, ops.cast(kernel, "float16"))
