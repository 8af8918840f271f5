"""OpenVINO: for processors of Intel."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

import numpy as np

from keras_solo.export.frozen import Frozen
from keras_solo.export.runner import Runner

# Processors that can would compute in bfloat16, which changes results.
EXACT = {"INFERENCE_PRECISION_HINT": "f32"}


def write(
    frozen: Frozen,
    path: pathlib.Path,
    weights_dtype: str,
    card: Mapping[str, object],
) -> None:
    """Writes an `.xml` file and its weights, a `.bin` file."""
    import openvino

    with frozen.saved() as folder:
        model = openvino.convert_model(str(folder))
        half = weights_dtype == "float16"
        openvino.save_model(model, path, compress_to_fp16=half)


def opened(path: pathlib.Path) -> Runner:
    """The files in OpenVINO, on the CPU, in float32."""
    import openvino

    model = openvino.Core().compile_model(path, "CPU", EXACT)

    def run(canvases: np.ndarray) -> dict[str, np.ndarray]:
        found = model(canvases).items()
        # What the model returns is written again by its next call.
        return {output.any_name: np.array(value) for output, value in found}

    return run
