import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import _backend
from keras_solo.layers import Conv2D
from tests.layer_harness import check_layer

NON_DEFAULT = {
    "filters": 6,
    "kernel_size": (3, 5),
    "strides": (2, 1),
    "padding": (1, 2),
}


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


def test_by_hand():
    """Zeros stand around, and count as zeros."""
    layer = Conv2D(1, kernel_initializer="ones")
    output = layer(np.ones((1, 2, 3, 1), "float32"))
    got = ops.convert_to_numpy(output)[0, :, :, 0]
    np.testing.assert_array_equal(got, [[4, 6, 4], [4, 6, 4]])


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
    monkeypatch.setattr(_backend, "LARGE_MAP", large_map)
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


def test_as_a_layer(tmp_path):
    inputs = np.random.default_rng(0).normal(size=(2, 5, 6, 3))
    check_layer(
        Conv2D,
        NON_DEFAULT,
        inputs.astype("float32"),
        folder=tmp_path,
        sides="free",
    )


def test_activation():
    layer = Conv2D(1, 1, padding=0, activation="relu", bias_initializer="ones")
    layer.build((None, 2, 2, 1))
    layer.kernel.assign([[[[-2.0]]]])
    output = layer(np.float32([0, 1]).reshape(1, 1, 2, 1))
    assert ops.convert_to_numpy(output).ravel().tolist() == [1.0, 0.0]


def test_the_order_of_numbers_changes_no_kernel():
    layer = Conv2D(3, (1, 2))
    values = np.arange(12, dtype="float32").reshape(1, 2, 2, 3)
    layer.kernel_initializer = lambda shape, dtype: ops.convert_to_tensor(
        values, dtype
    )
    layer.build((None, 4, 4, 2))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.kernel), values)


def test_padding_is_not_negative():
    with pytest.raises(ValueError, match="padding"):
        Conv2D(3, padding=-1)
