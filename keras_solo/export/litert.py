"""LiteRT (formerly TensorFlow Lite): for phones and small devices."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

import numpy as np

from keras_solo.export.frozen import Frozen
from keras_solo.export.runner import Runner


def write(
    frozen: Frozen,
    path: pathlib.Path,
    weights_dtype: str,
    card: Mapping[str, object],
) -> None:
    """Writes a `.tflite` file."""
    import tensorflow

    with frozen.saved() as folder:
        converter = tensorflow.lite.TFLiteConverter.from_saved_model(
            str(folder)
        )
        if weights_dtype != "float32":
            converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        if weights_dtype == "float16":
            converter.target_spec.supported_types = [tensorflow.float16]
        path.write_bytes(converter.convert())


def opened(path: pathlib.Path) -> Runner:
    """The file in LiteRT, on the CPU."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    serve = interpreter.get_signature_runner("serving_default")

    def run(canvases: np.ndarray) -> dict[str, np.ndarray]:
        return dict(serve(images=canvases))

    return run
