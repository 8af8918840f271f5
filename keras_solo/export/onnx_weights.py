"""Weights of an ONNX graph in half a float, or in a byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

# Where the second argument is the weights, and the axis of what they give.
FILTERS = {"Conv": 0, "MatMul": -1}


def with_weights(model: onnx.ModelProto, weights_dtype: str) -> onnx.ModelProto:
    """Stores the weights of convolutions and matrix products in less.

    All arithmetic stays float32: the graph converts the weights when it is
    loaded. Bytes have a scale for each filter, so that the largest weight of
    a filter is 127.

    Args:
        model: The graph, which is changed.
        weights_dtype: `"float32"`, `"float16"` or `"int8"`.

    Returns:
        The graph.
    """
    from onnx import helper, numpy_helper

    if weights_dtype == "float32":
        return model
    graph = model.graph
    stored = {one.name: one for one in graph.initializer}
    filters = {
        node.input[1]: FILTERS[node.op_type]
        for node in graph.node
        if node.op_type in FILTERS and node.input[1] in stored
    }
    for name, axis in filters.items():
        values = numpy_helper.to_array(stored[name])
        graph.initializer.remove(stored[name])
        arrays, operation, attributes = _smaller(
            values, axis % values.ndim, weights_dtype
        )
        names = [f"{name}_{part}" for part in ("small", "scale")][: len(arrays)]
        graph.initializer.extend(
            numpy_helper.from_array(array, other)
            for array, other in zip(arrays, names, strict=True)
        )
        node = helper.make_node(operation, names, [name], **attributes)
        graph.node.insert(0, node)
    return model


def _smaller(
    values: np.ndarray, axis: int, weights_dtype: str
) -> tuple[list[np.ndarray], str, dict[str, int]]:
    """Arrays, and the operation that makes the weights of them."""
    from onnx import TensorProto

    if weights_dtype == "float16":
        largest = np.finfo(np.float16).max
        half = np.clip(values, -largest, largest).astype(np.float16)
        return [half], "Cast", {"to": TensorProto.FLOAT}
    others = tuple(i for i in range(values.ndim) if i != axis)
    scale = np.abs(values).max(axis=others, keepdims=True) / 127
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    small = np.round(values / scale).astype(np.int8)
    return [small, scale.ravel()], "DequantizeLinear", {"axis": axis}
