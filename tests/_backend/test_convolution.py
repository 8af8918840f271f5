import keras
import numpy as np
import pytest
from keras import ops

from keras_solo._backend import convolution
from keras_solo._backend.convolution import (
    convolve,
    convolve_all,
    lay_out,
    plain_convolutions,
    same_zeros,
)
from keras_solo.layers import Conv2D


def by_loops(inputs, kernel, strides, padding):
    """One output number after the other, in float64."""
    groups = inputs.shape[-1] // kernel.shape[2]
    size = kernel.shape[:2]
    zeros = [(zeros, zeros) for zeros in padding]
    if padding == "same":
        sides = zip(inputs.shape[1:3], size, strides, strict=True)
        zeros = [same_zeros(*side) for side in sides]
    inputs = np.pad(inputs, [(0, 0), *zeros, (0, 0)])
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
        (3, (2, 2), "same", 1),
        (5, (2, 2), "same", 4),
        (3, (1, 1), (1, 0), 4),
    ],
)
def test_values_and_gradients(
    monkeypatch, size, strides, padding, groups, large_map
):
    """Large maps have a gradient of their own on JAX."""
    monkeypatch.setattr(convolution, "LARGE_MAP", large_map)
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(2, 7, 9, 4)).astype("float32")
    filters = 4 if groups == 4 else 6
    layer = Conv2D(filters, size, strides, padding, groups=groups)
    model = keras.Sequential([keras.Input((7, 9, 4)), layer])
    layer.bias.assign(np.arange(filters))
    kernel = ops.convert_to_numpy(layer.kernel)
    want = by_loops(inputs, kernel, strides, padding) + np.arange(filters)
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


@pytest.mark.parametrize(
    "side, kernel_size, stride, zeros",
    [
        (8, 1, 1, (0, 0)),
        (8, 1, 2, (0, 0)),
        (8, 3, 1, (1, 1)),
        (8, 3, 2, (0, 1)),
        (7, 3, 2, (1, 1)),
        (8, 5, 2, (1, 2)),
        (7, 5, 2, (2, 2)),
        (1, 3, 2, (1, 1)),
    ],
)
def test_zeros_of_same(side, kernel_size, stride, zeros):
    """As many results as there are strides, rounded up."""
    assert same_zeros(side, kernel_size, stride) == zeros
    outputs = (side + sum(zeros) - kernel_size) // stride + 1
    assert outputs == -(-side // stride)


def test_bias():
    inputs = ops.convert_to_tensor([[[[1.0], [2.0]]]])
    kernel = ops.convert_to_tensor([[[[3.0, 0.0]]]])
    output = convolve(inputs, kernel, np.float32([0.5, 1.0]))
    want = [[[[3.5, 1.0], [6.5, 1.0]]]]
    assert ops.convert_to_numpy(output).tolist() == want


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="of its own")
@pytest.mark.parametrize("channels", [1, 4, 7])
def test_gradient_of_a_strided_tap(channels):
    """Where the memory around it holds other numbers each time."""
    import torch

    rng = np.random.default_rng(0)
    inputs, factor = (
        torch.tensor(rng.normal(size=size).astype("float32"))
        for size in ((8, 8, 8, channels), (8, 4, 4, 5))
    )
    values = torch.tensor(
        rng.normal(size=(1, 1, channels, 5)), dtype=inputs.dtype
    )
    seen = inputs[:, ::2, ::2].reshape(-1, channels).double()
    want = (seen.T @ factor.reshape(-1, 5).double()).numpy()
    others = []
    for _ in range(40):
        others = [*others[-9:], torch.full((rng.integers(1, 50_000),), 1e3)]
        kernel = values.clone().requires_grad_(True)
        images = inputs.clone().requires_grad_(True)
        convolve(images, kernel, strides=(2, 2)).backward(factor)
        found = kernel.grad[0, 0].numpy()
        np.testing.assert_allclose(found, want, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "dtype", ["float32", "mixed_bfloat16", "mixed_float16"]
)
@pytest.mark.parametrize("size", [1, 3])
def test_gradient_of_one_filter(size, dtype):
    """And of one small image, which PyTorch leaves to code of its own."""
    rng = np.random.default_rng(0)
    values = rng.integers(-2, 3, (1, 4, 4, 3)).astype("float32")
    kernel = rng.integers(-2, 3, (size, size, 3, 1)).astype("float32")
    padding = (size // 2, size // 2)
    layer = Conv2D(1, size, padding=padding, dtype=dtype)
    model = keras.Sequential([keras.Input((4, 4, 3)), layer])
    layer.kernel.assign(kernel)
    lay_out(layer.kernel)
    model.compile(keras.optimizers.SGD(1.0), lambda y, x: ops.sum(x * y))
    factor = rng.integers(-2, 3, (1, 4, 4, 1)).astype("float32")
    model.train_on_batch(values, factor)
    step = kernel - ops.convert_to_numpy(layer.kernel)
    for place in np.ndindex(kernel.shape):
        changed = np.zeros_like(kernel)
        changed[place] = 1.0
        slope = by_loops(values, changed, (1, 1), padding) * factor
        assert step[place] == pytest.approx(slope.sum(), abs=0.01)


def test_another_order_of_the_same_numbers():
    values = np.arange(24, dtype="float32").reshape(2, 2, 2, 3)
    kernel = keras.Variable(values)
    lay_out(kernel)
    np.testing.assert_array_equal(ops.convert_to_numpy(kernel), values)
    kernel.assign(values + 1)
    np.testing.assert_array_equal(ops.convert_to_numpy(kernel), values + 1)


# === Several maps, one kernel ===


def maps_of(channels, sizes=((4, 6), (3, 3))):
    rng = np.random.default_rng(0)
    return [
        rng.normal(size=(2, *size, channels)).astype("float32")
        for size in sizes
    ]


def from_channels_on(monkeypatch, many):
    """Winograd's form from so many channels on, whatever else is there."""
    monkeypatch.setattr(convolution, "MANY_CHANNELS", many)
    monkeypatch.setattr(convolution, "MANY_TILES", 1)
    pairs = dict.fromkeys(convolution.MANY_PAIRS, 1)
    monkeypatch.setattr(convolution, "MANY_PAIRS", pairs)


@pytest.mark.parametrize("many", [1, 1000])
def test_maps_together_or_one_by_one(monkeypatch, many):
    from_channels_on(monkeypatch, many)
    kernel = np.random.default_rng(1).normal(size=(3, 3, 4, 5))
    kernel = kernel.astype("float32")
    maps = maps_of(4)
    outputs = convolve_all(
        [ops.convert_to_tensor(features) for features in maps], kernel
    )
    for got, features in zip(outputs, maps, strict=True):
        want = by_loops(features, kernel, (1, 1), (1, 1))
        np.testing.assert_allclose(ops.convert_to_numpy(got), want, atol=2e-5)


def test_gradients_of_maps_together(monkeypatch):
    """Those of the plain convolution; the second layer's reach the first."""
    steps = []
    for many in (1, 1000):
        from_channels_on(monkeypatch, many)
        keras.utils.set_random_seed(0)
        layer = Twice(5)
        inputs = [keras.Input((4, 6, 4)), keras.Input((3, 3, 4))]
        model = keras.Model(inputs, layer(inputs))
        # Where a loss is linear, so that no gradient needs any output,
        # TensorFlow's Grappler lets updates overtake the reads of kernels.
        model.compile(
            keras.optimizers.SGD(1.0), lambda y, x: ops.sum((x - y) ** 2)
        )
        before = layer.get_weights()
        model.train_on_batch(maps_of(4), maps_of(5))
        steps.append(
            [
                old - new
                for old, new in zip(before, layer.get_weights(), strict=True)
            ]
        )
    for together, plainly in zip(*steps, strict=True):
        np.testing.assert_allclose(together, plainly, atol=2e-4)
        assert np.abs(plainly).max() > 1.0


class Twice(keras.layers.Layer):
    def __init__(self, filters):
        super().__init__()
        self.first = Conv2D(filters, use_bias=False)
        self.second = Conv2D(filters, use_bias=False)

    def build(self, shapes):
        self.first.build(shapes[0])
        self.second.build(self.first.compute_output_shape(shapes[0]))

    def call(self, maps):
        between = convolve_all(maps, self.first.kernel)
        return convolve_all(between, self.second.kernel)

    def compute_output_shape(self, shapes):
        return [(*shape[:-1], self.first.filters) for shape in shapes]


@pytest.mark.parametrize("filters", [5, 6])
def test_one_map_with_a_bias(monkeypatch, filters):
    """From six filters on in Winograd's form."""
    from_channels_on(monkeypatch, 4)
    pairs = dict.fromkeys(convolution.MANY_PAIRS, 4 * 6)
    monkeypatch.setattr(convolution, "MANY_PAIRS", pairs)
    together, calls = convolution.winograd_convolve, []
    monkeypatch.setattr(
        convolution,
        "winograd_convolve",
        lambda *both: calls.append(1) or together(*both),
    )
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 4, filters)).astype("float32")
    bias = np.arange(filters, dtype="float32")
    (features,) = maps_of(4, [(7, 6)])
    tensor = ops.convert_to_tensor(bias)
    got = convolve(features, kernel, tensor, padding=(1, 1))
    want = by_loops(features, kernel, (1, 1), (1, 1)) + bias
    np.testing.assert_allclose(ops.convert_to_numpy(got), want, atol=2e-5)
    assert len(calls) == (filters == 6)


@pytest.mark.parametrize(
    "shape, channels, size",
    [
        ((1, 1, 4, 4), 4, (8, 6)),  # not 3 x 3
        ((3, 3, 4, 4), 8, (8, 6)),  # groups
        ((3, 3, 4, 4), 4, (8, 4)),  # few tiles
    ],
)
def test_what_is_convolved_plainly(monkeypatch, shape, channels, size):
    from_channels_on(monkeypatch, 1)
    monkeypatch.setattr(convolution, "MANY_TILES", 3)
    monkeypatch.setattr(convolution, "winograd_convolve", lambda *_: 1 / 0)
    features = ops.zeros((1, *size, channels), "float32")
    (output,) = convolve_all([features], np.zeros(shape, "float32"))
    assert tuple(output.shape) == (1, *size, shape[3])


def test_strides_and_other_borders_are_plain(monkeypatch):
    from_channels_on(monkeypatch, 1)
    monkeypatch.setattr(convolution, "winograd_convolve", lambda *_: 1 / 0)
    features, kernel = ops.zeros((1, 8, 8, 4)), ops.zeros((3, 3, 4, 4))
    halved = convolve(features, kernel, strides=(2, 2), padding=(1, 1))
    assert tuple(halved.shape) == (1, 4, 4, 4)
    assert tuple(convolve(features, kernel).shape) == (1, 6, 6, 4)


def test_as_other_runtimes_know_them(monkeypatch):
    from_channels_on(monkeypatch, 1)
    features, kernel = ops.ones((1, 8, 8, 4)), ops.ones((3, 3, 4, 4))
    want = convolve(features, kernel, padding=(1, 1))
    monkeypatch.setattr(convolution, "winograd_convolve", lambda *_: 1 / 0)
    with plain_convolutions():
        found = convolve(features, kernel, padding=(1, 1))
        assert len(convolve_all([features], kernel)) == 1
    np.testing.assert_allclose(
        *(ops.convert_to_numpy(one) for one in (found, want)), rtol=1e-5
    )
    with pytest.raises(ZeroDivisionError):
        convolve(features, kernel, padding=(1, 1))


# === In layers of somebody else ===


class Around(keras.layers.Layer):
    """Says nothing about its output's shape, which Keras infers."""

    def __init__(self):
        super().__init__()
        self.inner = Conv2D(4, 3, padding=1)

    def build(self, input_shape):
        self.inner.build(input_shape)

    def call(self, inputs):
        return self.inner(inputs)


@pytest.mark.parametrize("sides", [(16, 16), (None, None)])
def test_keras_infers_the_shape_of_a_layer_around_it(sides):
    shape = Around()(keras.Input((*sides, 8))).shape
    assert shape == (None, *sides, 4)
