"""DeformableConv2D: its own offsets and mask, and `deformable_conv2d`."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers import DeformableConv2D
from tests.deformable_paper import paper
from tests.gradients import gradients
from tests.layer_harness import check_layer


def randomized(layer, shape, seed=0):
    """Builds a layer whose offsets and mask are not all alike."""
    if not layer.built:
        layer.build(shape)
    rng = np.random.default_rng(seed)
    for weight in layer.weights:
        weight.assign(rng.normal(0, 0.3, weight.shape))
    return layer


NON_DEFAULT = {
    "filters": 8,
    "kernel_size": (3, 2),
    "strides": (2, 1),
    "padding": (1, 2),
    "groups": 2,
    "offset_groups": 4,
    "use_bias": True,
    "kernel_initializer": keras.initializers.RandomNormal(stddev=0.01),
    "bias_initializer": "ones",
    "kernel_regularizer": keras.regularizers.L2(1e-4),
    "bias_regularizer": keras.regularizers.L1(1e-3),
}


def test_as_a_layer(tmp_path):
    rng = np.random.default_rng(1)
    inputs = rng.standard_normal((2, 9, 8, 4)).astype("float32")
    check_layer(
        DeformableConv2D,
        NON_DEFAULT,
        inputs,
        folder=tmp_path,
        also=[{"filters": 8, "dilation_rate": (2, 2)}],
        sides="free",
    )


@pytest.mark.parametrize("options", [{}, NON_DEFAULT])
def test_layer_is_the_function_on_its_own_prediction(options):
    layer = DeformableConv2D(**{"filters": 8, **options})
    randomized(layer, (None, 9, 8, 4))
    inputs = np.random.default_rng(1).standard_normal((2, 9, 8, 4))
    inputs = inputs.astype("float32")
    pad_y, pad_x = layer.padding
    padded = np.pad(inputs, ((0, 0), (pad_y, pad_y), (pad_x, pad_x), (0, 0)))
    kernel, bias = layer.conv_offset.get_weights()
    predicted = ops.conv(padded, kernel, strides=layer.strides)
    predicted = ops.convert_to_numpy(predicted) + bias
    split = predicted.shape[-1] * 2 // 3
    assert np.std(predicted[..., :split]) > 0.5
    kernel = ops.convert_to_numpy(layer.kernel)
    bias = np.zeros(8)
    if layer.use_bias:
        bias = ops.convert_to_numpy(layer.bias)
    expected = paper(
        inputs,
        predicted[..., :split],
        1 / (1 + np.exp(-predicted[..., split:])),
        kernel,
        bias,
        layer.strides,
        layer.padding,
        layer.dilation_rate,
        layer.groups,
        layer.offset_groups,
    )
    output = layer(inputs)
    np.testing.assert_allclose(
        ops.convert_to_numpy(output), expected, atol=1e-4
    )
    assert layer.compute_output_shape(inputs.shape) == tuple(output.shape)


def test_a_new_layer_is_half_a_convolution():
    layer = DeformableConv2D(5)
    inputs = np.random.default_rng(0).standard_normal((1, 6, 7, 3))
    output = layer(inputs.astype("float32"))
    expected = ops.conv(inputs.astype("float32"), layer.kernel, padding="same")
    np.testing.assert_allclose(
        ops.convert_to_numpy(output),
        ops.convert_to_numpy(expected) / 2,
        atol=1e-5,
    )


def test_weights_and_their_names():
    layer = DeformableConv2D(8, kernel_size=1, padding=0, use_bias=True)
    layer.build((None, None, None, 4))
    shapes = {w.path.split("/", 1)[1]: tuple(w.shape) for w in layer.weights}
    assert shapes == {
        "kernel": (1, 1, 4, 8),
        "bias": (8,),
        "conv_offset/kernel": (1, 1, 4, 3),
        "conv_offset/bias": (3,),
    }


@pytest.mark.parametrize("size", [(8, 8), (None, None)])
def test_trains_and_takes_other_sizes(size):
    inputs = keras.Input((*size, 3))
    layer = DeformableConv2D(4, strides=2)
    model = keras.Model(inputs, layer(inputs))
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    images = rng.standard_normal((4, 8, 8, 3)).astype("float32")
    targets = rng.standard_normal((4, 4, 4, 4)).astype("float32")
    history = model.fit(images, targets, epochs=3, batch_size=4, verbose=0)
    losses = history.history["loss"]
    assert losses[-1] < losses[0]
    for weight in layer.conv_offset.weights:
        assert np.any(ops.convert_to_numpy(weight) != 0)
    if size == (None, None):
        other = np.zeros((1, 11, 6, 3), "float32")
        assert model.predict(other, verbose=0).shape == (1, 6, 3, 4)


def test_rematerialized_layer_has_the_same_gradients():
    inputs = np.random.default_rng(1).standard_normal((1, 6, 5, 4))
    inputs = ops.convert_to_tensor(inputs.astype("float32"))
    layer = randomized(DeformableConv2D(4), (None, 6, 5, 4))
    with keras.RematScope(mode="full"):
        frugal = randomized(DeformableConv2D(4), (None, 6, 5, 4))

    def gradient(which):
        loss = lambda x: ops.sum(ops.square(which(x)))  # noqa: E731
        return gradients(loss, [inputs])[0]

    np.testing.assert_allclose(gradient(frugal), gradient(layer), atol=1e-4)


def test_mixed_bfloat16():
    exact = randomized(DeformableConv2D(8), (None, 12, 10, 16))
    mixed = DeformableConv2D(8, dtype="mixed_bfloat16")
    mixed.build((None, 12, 10, 16))
    mixed.set_weights(exact.get_weights())
    # Small offsets: their own rounding is not what this is about.
    kernel, bias = exact.conv_offset.get_weights()
    for layer in (exact, mixed):
        layer.conv_offset.set_weights([kernel * 0.1, bias])
    inputs = np.random.default_rng(1).standard_normal((2, 12, 10, 16))
    inputs = inputs.astype("float32")
    expected = ops.convert_to_numpy(exact(inputs))
    output = mixed(inputs)
    assert keras.backend.standardize_dtype(output.dtype) == "bfloat16"
    output = ops.convert_to_numpy(ops.cast(output, "float32"))
    error = np.abs(output - expected).max() / np.abs(expected).max()
    assert error < 0.03
    assert all(w.dtype == "float32" for w in mixed.weights)


@pytest.mark.parametrize(
    "arguments,message",
    [
        ({"filters": 0}, "filters=0"),
        ({"filters": 6, "groups": 4}, "groups=4"),
        ({"filters": 6, "kernel_size": (3, 3, 3)}, "kernel_size="),
        ({"filters": 6, "padding": "same"}, "padding='same'"),
    ],
)
def test_bad_arguments_are_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        DeformableConv2D(**arguments)


def test_channels_that_do_not_divide_are_an_error():
    with pytest.raises(ValueError, match="offset_groups=3"):
        DeformableConv2D(6, offset_groups=3).build((None, 8, 8, 4))
