"""deformable_conv2d against the paper's formula, ONNX and itself."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers import deformable_conv2d
from tests.deformable_paper import (
    GEOMETRIES,
    both,
    compiled,
    paper,
    problem,
)
from tests.gradients import gradients


def run(arrays, arguments):
    def function(*tensors):
        named = dict(zip(arrays, tensors, strict=True))
        return deformable_conv2d(**named, **arguments)

    tensors = [ops.convert_to_tensor(v) for v in arrays.values()]
    return ops.convert_to_numpy(compiled(function, *tensors)(*tensors))


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
