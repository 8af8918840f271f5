"""ONNX: written by tf2onnx, run by ONNX Runtime."""

from __future__ import annotations

import json
import logging
import pathlib
from collections.abc import Mapping

import numpy as np

from keras_solo.export.frozen import Frozen
from keras_solo.export.onnx_weights import with_weights
from keras_solo.export.runner import Runner

OPSET = 17
# Under this name the file holds what the JSON beside it says, too.
METADATA = "keras_solo"


def write(
    frozen: Frozen,
    path: pathlib.Path,
    weights_dtype: str,
    card: Mapping[str, object],
) -> None:
    """Writes and checks an ONNX file."""
    import onnx
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    model, _ = tf2onnx.convert.from_function(
        frozen.function, input_signature=frozen.signature, opset=OPSET
    )
    for value in (*model.graph.input, *model.graph.output):
        batch = value.type.tensor_type.shape.dim[0]
        if batch.dim_param:
            batch.dim_param = "batch"
    model = with_weights(model, weights_dtype)
    onnx.helper.set_model_props(model, {METADATA: json.dumps(card)})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def opened(path: pathlib.Path) -> Runner:
    """The file in ONNX Runtime, on the CPU."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        path, providers=["CPUExecutionProvider"]
    )
    (images,) = session.get_inputs()
    names = [output.name for output in session.get_outputs()]

    def run(canvases: np.ndarray) -> dict[str, np.ndarray]:
        values = session.run(names, {images.name: canvases})
        return dict(zip(names, values, strict=True))

    return run
