"""Deformable convolution against the paper's formula, ONNX and itself."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers import DeformableConv2D, deformable_conv2d

GEOMETRIES = {
    "plain": {},
    "strides": {"strides": 2},
    "pairs": {
        "kernel_size": (3, 2),
        "strides": (2, 1),
        "padding": (0, 2),
        "dilation_rate": (1, 2),
    },
    "dilation": {"dilation_rate": 2, "padding": 2},
    "pointwise": {"kernel_size": (1, 1), "padding": 0},
    "groups": {"groups": 2},
    "offset groups": {"offset_groups": 3},
    "both groups": {"groups": 3, "offset_groups": 2},
    "no border": {"padding": 0},
}


def both(value):
    return (value, value) if isinstance(value, int) else value


def problem(
    seed=0,
    size=(7, 6),
    channels=6,
    filters=6,
    kernel_size=(3, 3),
    groups=1,
    offset_groups=1,
    spread=2.0,
    **geometry,
):
    """Random arrays of one problem, and the arguments beside them."""
    rng = np.random.default_rng(seed)
    arguments = {
        "strides": 1,
        "padding": 1,
        "dilation_rate": 1,
        **geometry,
        "groups": groups,
        "offset_groups": offset_groups,
    }
    out_h, out_w = (
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(
            size,
            kernel_size,
            both(arguments["strides"]),
            both(arguments["padding"]),
            both(arguments["dilation_rate"]),
            strict=True,
        )
    )
    factors = offset_groups * kernel_size[0] * kernel_size[1]
    depth = channels // groups
    offsets = rng.normal(0, spread, (2, out_h, out_w, 2 * factors))
    arrays = {
        "inputs": rng.standard_normal((2, *size, channels)),
        # Away from whole pixels, where the derivative jumps.
        "offsets": np.floor(offsets) + rng.uniform(0.1, 0.9, offsets.shape),
        "mask": rng.uniform(0, 1, (2, out_h, out_w, factors)),
        "kernel": rng.standard_normal((*kernel_size, depth, filters)),
        "bias": rng.standard_normal(filters),
    }
    arrays = {k: v.astype("float32") for k, v in arrays.items()}
    return arrays, arguments


def pixel(image, y, x):
    inside = 0 <= y < image.shape[0] and 0 <= x < image.shape[1]
    return float(image[y, x]) if inside else 0.0


def bilinear(image, y, x):
    top, left = int(np.floor(y)), int(np.floor(x))
    return sum(
        pixel(image, i, j) * (1 - abs(y - i)) * (1 - abs(x - j))
        for i in (top, top + 1)
        for j in (left, left + 1)
    )


def paper(
    inputs,
    offsets,
    mask,
    kernel,
    bias,
    strides,
    padding,
    dilation_rate,
    groups,
    offset_groups,
):
    """Equation 1 of arXiv:1811.11168 in float64, one number after another."""
    batch, _, _, channels = inputs.shape
    rows, columns, depth, filters = kernel.shape
    taps = rows * columns
    _, out_h, out_w, _ = offsets.shape
    offsets = offsets.reshape(batch, out_h, out_w, offset_groups, taps, 2)
    mask = mask.reshape(batch, out_h, out_w, offset_groups, taps)
    (sy, sx), (py, px) = both(strides), both(padding)
    dy, dx = both(dilation_rate)
    output = np.zeros((batch, out_h, out_w, filters)) + bias.astype("float64")
    for b, i, j, c, t in np.ndindex(batch, out_h, out_w, channels, taps):
        row, column = divmod(t, columns)
        group = c // (channels // offset_groups)
        moved_y, moved_x = offsets[b, i, j, group, t].astype("float64")
        value = bilinear(
            inputs[b, :, :, c],
            i * sy - py + row * dy + moved_y,
            j * sx - px + column * dx + moved_x,
        )
        value *= float(mask[b, i, j, group, t])
        first = c // depth * (filters // groups)
        chosen = slice(first, first + filters // groups)
        weights = kernel[row, column, c % depth, chosen].astype("float64")
        output[b, i, j, chosen] += value * weights
    return output


def compiled(function, *example, dynamic=False):
    """`function` as the backend compiles it (eager on PyTorch)."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return jax.jit(function)
    if backend == "tensorflow":
        import tensorflow as tf

        shapes = [
            (None, None, None, v.shape[-1]) if dynamic else v.shape
            for v in example
        ]
        return tf.function(
            function, input_signature=[tf.TensorSpec(s) for s in shapes]
        )
    return function


def run(arrays, arguments):
    def function(*tensors):
        named = dict(zip(arrays, tensors, strict=True))
        return deformable_conv2d(**named, **arguments)

    tensors = [ops.convert_to_tensor(v) for v in arrays.values()]
    return ops.convert_to_numpy(compiled(function, *tensors)(*tensors))


def gradients(loss, values):
    """Gradients of `loss(*values)` on whichever backend runs."""
    values = [ops.convert_to_tensor(v) for v in values]
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        places = tuple(range(len(values)))
        result = jax.jit(jax.grad(loss, argnums=places))(*values)
    elif backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(values)
            total = loss(*values)
        result = tape.gradient(total, values)
    else:
        values = [v.detach().requires_grad_() for v in values]
        loss(*values).backward()
        result = [v.grad for v in values]
    return [ops.convert_to_numpy(g) for g in result]


@pytest.mark.parametrize("name", GEOMETRIES)
def test_paper_formula(name):
    arrays, arguments = problem(**GEOMETRIES[name])
    expected = paper(**arrays, **arguments)
    np.testing.assert_allclose(run(arrays, arguments), expected, atol=2e-5)


@pytest.mark.parametrize("name", GEOMETRIES)
def test_onnx_reference(name):
    onnx = pytest.importorskip("onnx")
    reference = pytest.importorskip("onnx.reference")
    arrays, arguments = problem(seed=1, **GEOMETRIES[name])
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    names = ["X", "W", "offset", "B", "mask"]
    node = helper.make_node(
        "DeformConv",
        names,
        ["Y"],
        dilations=both(arguments["dilation_rate"]),
        group=arguments["groups"],
        kernel_shape=arrays["kernel"].shape[:2],
        offset_group=arguments["offset_groups"],
        pads=both(arguments["padding"]) * 2,
        strides=both(arguments["strides"]),
    )
    graph = helper.make_graph(
        [node],
        "deformable",
        [helper.make_tensor_value_info(n, floats, None) for n in names],
        [helper.make_tensor_value_info("Y", floats, None)],
    )
    opset = [helper.make_opsetid("", 19)]
    model = helper.make_model(graph, opset_imports=opset)
    first = {n: arrays[n].transpose(0, 3, 1, 2) for n in ("inputs", "mask")}
    (expected,) = reference.ReferenceEvaluator(model).run(
        None,
        {
            "X": first["inputs"],
            "W": arrays["kernel"].transpose(3, 2, 0, 1),
            "offset": arrays["offsets"].transpose(0, 3, 1, 2),
            "B": arrays["bias"],
            "mask": first["mask"],
        },
    )
    np.testing.assert_allclose(
        run(arrays, arguments), expected.transpose(0, 2, 3, 1), atol=5e-5
    )


@pytest.mark.parametrize(
    "name", ["plain", "strides", "dilation", "pointwise", "groups"]
)
def test_still_taps_are_an_ordinary_convolution(name):
    arrays, arguments = problem(**GEOMETRIES[name])
    arrays["offsets"] = np.zeros_like(arrays["offsets"])
    arrays["mask"] = np.ones_like(arrays["mask"])
    pad = arguments["padding"]
    expected = ops.conv(
        np.pad(arrays["inputs"], ((0, 0), (pad, pad), (pad, pad), (0, 0))),
        arrays["kernel"],
        strides=arguments["strides"],
        dilation_rate=arguments["dilation_rate"],
    )
    expected = ops.convert_to_numpy(expected) + arrays["bias"]
    np.testing.assert_allclose(run(arrays, arguments), expected, atol=2e-5)


def test_no_mask_is_a_mask_of_ones():
    arrays, arguments = problem()
    ones = np.ones_like(arrays["mask"])
    expected = run({**arrays, "mask": ones}, arguments)
    del arrays["mask"]
    output = deformable_conv2d(mask=None, **arrays, **arguments)
    output = ops.convert_to_numpy(output)
    np.testing.assert_allclose(output, expected, atol=2e-5)


def shifted(image, y, x):
    """Reads every pixel of `image` `(H, W)` y lower and x further right."""
    height, width = image.shape
    offsets = np.broadcast_to(
        np.array([y, x], "float32"), (1, height, width, 2)
    )
    output = deformable_conv2d(
        image[None, :, :, None].astype("float32"),
        offsets,
        None,
        np.ones((1, 1, 1, 1), "float32"),
        padding=0,
    )
    return ops.convert_to_numpy(output)[0, :, :, 0]


@pytest.mark.parametrize("y,x", [(0, 0), (1, 0), (0, -2), (-3, 1), (2, 2)])
def test_whole_offsets_shift_and_dy_comes_first(y, x):
    image = np.random.default_rng(0).standard_normal((5, 6))
    wide = np.pad(image, 3)
    expected = wide[3 + y : 8 + y, 3 + x : 9 + x]
    np.testing.assert_allclose(shifted(image, y, x), expected, atol=1e-6)


@pytest.mark.parametrize(
    "position,expected",
    [
        (-1.5, 0.0),
        (-1.0, 0.0),
        (-0.75, 0.25),
        (0.0, 1.0),
        (3.0, 4.0),
        (3.25, 3.0),
        (4.0, 0.0),
        (4.5, 0.0),
        (1e9, 0.0),
        (-np.inf, 0.0),
        (np.inf, 0.0),
        (np.nan, 0.0),
    ],
)
def test_border(position, expected):
    column = np.arange(1.0, 5.0)[:, None]
    assert shifted(column, position, 0)[0, 0] == pytest.approx(expected)
    assert shifted(column.T, 0, position)[0, 0] == pytest.approx(expected)


def test_no_gradient_from_outside():
    """Also at exactly -1 and H, where a new layer's outer taps are."""
    arrays, arguments = problem(size=(4, 4))
    arrays["offsets"] = np.zeros_like(arrays["offsets"])
    values = list(arrays.values())

    def loss(*tensors):
        return ops.sum(deformable_conv2d(*tensors, **arguments))

    moved = gradients(loss, values)[1].reshape(2, 4, 4, 3, 3, 2)
    assert np.all(moved[:, 0, :, 0] == 0) and np.all(moved[:, -1, :, -1] == 0)
    assert np.all(moved[:, :, 0, :, 0] == 0)
    assert np.all(moved[:, :, -1, :, -1] == 0)
    assert np.all(moved[:, 1:3, 1:3] != 0)


@pytest.mark.parametrize("name", ["plain", "strides", "both groups"])
def test_gradients_by_finite_differences(name):
    arrays, arguments = problem(size=(5, 4), **GEOMETRIES[name])
    rng = np.random.default_rng(5)
    target = rng.standard_normal(run(arrays, arguments).shape)
    weights = ops.convert_to_tensor(target.astype("float32"))

    def loss(*tensors):
        return ops.sum(deformable_conv2d(*tensors, **arguments) * weights)

    found = gradients(loss, list(arrays.values()))
    for key, gradient in zip(arrays, found, strict=True):
        step = rng.standard_normal(gradient.shape)
        step *= 1e-3 / np.abs(step).max()
        exact = {k: v.astype("float64") for k, v in arrays.items()}
        ends = [
            np.sum(
                paper(**{**exact, key: exact[key] + s * step}, **arguments)
                * target
            )
            for s in (1, -1)
        ]
        expected = (ends[0] - ends[1]) / 2
        received = np.sum(gradient * step)
        assert received == pytest.approx(expected, rel=1e-3, abs=1e-5), key


def test_compiles_with_dynamic_sizes():
    arrays, arguments = problem(**GEOMETRIES["both groups"])
    expected = paper(**arrays, **arguments)
    kernel, bias = arrays.pop("kernel"), arrays.pop("bias")

    def function(inputs, offsets, mask):
        return deformable_conv2d(
            inputs, offsets, mask, kernel, bias=bias, **arguments
        )

    tensors = [ops.convert_to_tensor(v) for v in arrays.values()]
    output = compiled(function, *tensors, dynamic=True)(*tensors)
    np.testing.assert_allclose(
        ops.convert_to_numpy(output), expected, atol=2e-5
    )


@pytest.mark.parametrize(
    "arguments,message",
    [
        ({"groups": 4}, "groups=4"),
        ({"offset_groups": 5}, "offset_groups=5"),
        ({"offset_groups": 2}, r"offsets of shape \(B, H', W', 36\)"),
        ({"padding": -1}, "padding=-1"),
        ({"strides": 0}, "strides=0"),
    ],
)
def test_misfits_are_errors(arguments, message):
    arrays, rest = problem()
    with pytest.raises(ValueError, match=message):
        deformable_conv2d(**arrays, **{**rest, **arguments})


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
    "dilation_rate": 1,
    "groups": 2,
    "offset_groups": 4,
    "use_bias": True,
    "kernel_initializer": keras.initializers.RandomNormal(stddev=0.01),
    "bias_initializer": "ones",
    "kernel_regularizer": keras.regularizers.L2(1e-4),
    "bias_regularizer": keras.regularizers.L1(1e-3),
}


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


def test_every_argument_is_in_the_config():
    layer = DeformableConv2D(
        **NON_DEFAULT, name="deformed", trainable=False, dtype="mixed_bfloat16"
    )
    config = layer.get_config()
    assert set(NON_DEFAULT) <= set(config)
    again = DeformableConv2D.from_config(config)
    assert again.get_config() == config
    for key in ("filters", "kernel_size", "strides", "padding", "groups"):
        assert getattr(again, key) == NON_DEFAULT[key]
    assert again.offset_groups == 4 and again.use_bias
    assert again.kernel_initializer.stddev == 0.01
    assert again.compute_dtype == again.conv_offset.compute_dtype == "bfloat16"
    assert not again.trainable and again.name == "deformed"


def test_save_and_load(tmp_path):
    layer = DeformableConv2D(**NON_DEFAULT)
    inputs = keras.Input((None, None, 4))
    model = keras.Model(inputs, layer(inputs))
    randomized(layer, (None, None, None, 4))
    assert model.output_shape == (None, None, None, 8)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    batch = np.random.default_rng(1).standard_normal((2, 9, 8, 4))
    np.testing.assert_allclose(
        loaded.predict(batch, verbose=0),
        model.predict(batch, verbose=0),
        atol=1e-6,
    )


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


def test_bfloat16_keeps_positions_beyond_256():
    """Half a pixel at column 300 does not exist in bfloat16."""
    columns = np.tile(np.arange(320.0) % 2, (1, 1))[None, :, :, None]
    offsets = np.zeros((1, 1, 320, 2), "float32")
    offsets[..., 1] = 0.25
    arguments = {"padding": 0}
    output = deformable_conv2d(
        ops.cast(columns, "bfloat16"),
        ops.cast(offsets, "bfloat16"),
        None,
        ops.ones((1, 1, 1, 1), "bfloat16"),
        **arguments,
    )
    assert keras.backend.standardize_dtype(output.dtype) == "bfloat16"
    output = ops.convert_to_numpy(ops.cast(output, "float32"))[0, 0, :, 0]
    expected = np.where(np.arange(319) % 2 == 0, 0.25, 0.75)
    np.testing.assert_array_equal(output[:-1], expected)


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
