import keras
import numpy as np
import pytest
from keras import ops

from keras_solo._backend import convolution
from keras_solo._backend.convolution import convolve, lay_out
from keras_solo.layers import Conv2D


def by_loops(inputs, kernel, strides, padding):
    """One output number after the other, in float64."""
    groups = inputs.shape[-1] // kernel.shape[2]
    size = kernel.shape[:2]
    inputs = np.pad(inputs, [(p, p) for p in (0, *padding, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(
        inputs.astype("float64"), size, axis=(1, 2)
    )[:, :: strides[0], :: strides[1]]
    parts = [
        np.einsum("byxchw,hwcf->byxf", window, part)
        for window, part in zip(
            np.split(windows, groups, axis=3),
            np.split(kernel, groups, axis=3),
            strict=True,
        )
    ]
    return np.concatenate(parts, axis=-1)


@pytest.mark.parametrize("large_map", [0, 2**22])
@pytest.mark.parametrize(
    "size, strides, padding, groups",
    [
        (1, (1, 1), (0, 0), 1),
        (1, (2, 2), (0, 0), 1),
        (1, (1, 1), (0, 0), 2),
        (3, (1, 1), (1, 1), 1),
        (3, (2, 1), (1, 0), 2),
        (5, (2, 3), (2, 2), 1),
    ],
)
def test_values_and_gradients(
    monkeypatch, size, strides, padding, groups, large_map
):
    """Large maps have a gradient of their own on JAX."""
    monkeypatch.setattr(convolution, "LARGE_MAP", large_map)
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(2, 7, 9, 4)).astype("float32")
    layer = Conv2D(6, size, strides, padding, groups=groups)
    model = keras.Sequential([keras.Input((7, 9, 4)), layer])
    layer.bias.assign(np.arange(6))
    kernel = ops.convert_to_numpy(layer.kernel)
    want = by_loops(inputs, kernel, strides, padding) + np.arange(6)
    np.testing.assert_allclose(
        model.predict(inputs, verbose=0), want, atol=1e-5
    )
    # One step of gradient descent on the sum of outputs times a constant.
    factor = rng.normal(size=want.shape).astype("float32")
    model.compile(keras.optimizers.SGD(1.0), lambda y, x: ops.sum(x * y))
    model.train_on_batch(inputs, factor)
    step = kernel - ops.convert_to_numpy(layer.kernel)
    for place in np.ndindex(kernel.shape):
        changed = np.zeros_like(kernel)
        changed[place] = 1.0
        slope = (by_loops(inputs, changed, strides, padding) * factor).sum()
        np.testing.assert_allclose(step[place], slope, rtol=1e-3, atol=1e-3)


def test_bias():
    inputs = ops.convert_to_tensor([[[[1.0], [2.0]]]])
    kernel = ops.convert_to_tensor([[[[3.0, 0.0]]]])
    output = convolve(inputs, kernel, np.float32([0.5, 1.0]))
    want = [[[[3.5, 1.0], [6.5, 1.0]]]]
    assert ops.convert_to_numpy(output).tolist() == want


def test_another_order_of_the_same_numbers():
    values = np.arange(24, dtype="float32").reshape(2, 2, 2, 3)
    kernel = keras.Variable(values)
    lay_out(kernel)
    np.testing.assert_array_equal(ops.convert_to_numpy(kernel), values)
    kernel.assign(values + 1)
    np.testing.assert_array_equal(ops.convert_to_numpy(kernel), values + 1)
