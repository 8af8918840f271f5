import numpy as np
import pytest

from keras_solo.export.onnx_weights import with_weights
from tests.export.check_file import check_file
from tests.export.marks import needs

pytestmark = needs("onnx")


def product(weights):
    """A graph of one matrix product."""
    from onnx import TensorProto, helper, numpy_helper

    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", (1, 2)), ("y", (1, weights.shape[1])))
    ]
    graph = helper.make_graph(
        [node],
        "g",
        values[:1],
        values[1:],
        [numpy_helper.from_array(weights, "w")],
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8)


def run(model, x):
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": np.float32(x)})[0]


WEIGHTS = np.float32([[127, 0.02, 0], [-64, 0.008, 0]])


@pytest.mark.parametrize(
    "dtype, want",
    [
        ("float32", [[63, 0.028, 0]]),
        ("float16", [[63, 0.028, 0]]),
        # Of 0.008 / (0.02 / 127) = 50.8 there remain 51 parts.
        ("int8", [[63, 0.02 + 51 * 0.02 / 127, 0]]),
    ],
)
def test_a_product(dtype, want):
    model = with_weights(product(WEIGHTS), dtype)
    np.testing.assert_allclose(run(model, [[1, 1]]), want, rtol=1e-3)


def test_what_half_a_float_cannot_hold():
    model = with_weights(product(np.float32([[1e6], [0]])), "float16")
    assert run(model, [[1, 1]]).tolist() == [[65504]]


@pytest.mark.parametrize("dtype", ["float16", "int8"])
def test_a_whole_model(graph, noise, tmp_path, dtype):
    path = tmp_path / "a.onnx"
    found, want = check_file("onnx", graph, path, noise, None, dtype)
    assert abs(found[:, 0] - want[:, 0]).max() < 0.05
