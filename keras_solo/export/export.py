"""The door: a model in, a file out that its runtime has run."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping

import keras
import numpy as np

from keras_solo._whole_files import write_whole
from keras_solo.export.agreement import (
    WrongFile,
    check_agreement,
    first_line,
)
from keras_solo.export.card import card, card_path
from keras_solo.export.elsewhere import export_elsewhere
from keras_solo.export.formats import check_installed, format_of
from keras_solo.export.frozen import Frozen
from keras_solo.export.graph import fixed_letterbox, instance_graph
from keras_solo.export.place import check_place, new_place
from keras_solo.export.quiet import quiet
from keras_solo.export.runtimes import OPENERS, WRITERS
from keras_solo.export.settings import Settings
from keras_solo.geometry.size import Size
from keras_solo.models import SOLOv2
from keras_solo.models.around_solov2 import inside
from keras_solo.models.mask_dtype import MaskDtype


def export(
    model: SOLOv2,
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    image_size: Size | None = None,
    batch_size: int | None = None,
    mask_dtype: MaskDtype = "float32",
    weights_dtype: str = "float32",
) -> pathlib.Path:
    """Writes a model for another runtime, Matrix NMS included.

    The file maps uint8 RGB canvases `(B, H, W, 3)` to a dict of

    - `"masks"` `(B, K, H/4, W/4)` probabilities on the mask grid,
    - `"labels"` `(B, K)` int32, `"confidence"` `(B, K)` float32, sorted,
    - `"boxes"` `(B, K, 4)` float32 xyxy in canvas pixels,
    - `"num_detections"` `(B,)` int32; what is beyond has the value -1, in
      masks of bytes 0.

    Before it has its name it is run by its runtime, and must give what the
    model gives. `PATH.json` beside it says what else a consumer must know:
    classes, category ids, how images become canvases, thresholds.

    Files are written by TensorFlow. On another backend another process does
    it, if TensorFlow is installed.

    Args:
        model: A `SOLOv2`.
        path: Where to: `NAME.onnx`, `NAME.tflite`, `NAME.xml` (OpenVINO, with
            `NAME.bin`), or the folder of a SavedModel. What was exported
            there before is replaced.
        format: `"onnx"`, `"litert"`, `"openvino"` or `"saved_model"`. By
            default it follows from the path.
        image_size: (height, width) of the canvas, multiples of 32. By default
            that of the preprocessor; where it fits the canvas to each image,
            the largest one of landscape images.
        batch_size: B. `None` for any.
        mask_dtype: `"float32"`, or `"uint8"`, in steps of 1/255.
        weights_dtype: `"float32"`; `"float16"` (not SavedModel), or `"int8"`
            (ONNX and LiteRT), to store the weights in less, at some accuracy.

    Returns:
        The path.

    Raises:
        ValueError: If an argument is none of the above.
        ImportError: If something is not installed; it says what to install.
        FileExistsError: If there is something else at the path.
        WrongFile: A `RuntimeError`: if the file does not give what the model
            gives. Then nothing is written.
        OSError: If the path cannot be written.

    Example:

    ```python
    model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
    keras_solo.export.export(model, "shapes.onnx")
    ```
    """
    path, model = pathlib.Path(path), inside(model)
    settings = Settings(
        format_of(path, format),
        fixed_letterbox(model, image_size),
        batch_size,
        mask_dtype,
        weights_dtype,
    )
    check_place(path)
    check_installed(settings.format)
    if keras.backend.backend() == "tensorflow":
        _export_here(model, path, settings)
    else:
        options = ["--output", str(path), *settings.as_options()]
        export_elsewhere(model, options)
    return path


def _export_here(model: SOLOv2, path: pathlib.Path, settings: Settings) -> None:
    facts = card(model, settings)
    size = settings.letterbox.image_size
    graph = instance_graph(
        model, size, settings.batch_size, settings.mask_dtype
    )
    with new_place(path) as new:
        _write(Frozen(graph), new, settings, facts)
        for batch in [settings.batch_size] if settings.batch_size else (1, 2):
            _check(graph, new, settings, batch)
        write_whole(card_path(new), json.dumps(facts, indent=2) + "\n")


def _write(
    frozen: Frozen,
    path: pathlib.Path,
    settings: Settings,
    facts: Mapping[str, object],
) -> None:
    try:
        with quiet():
            write = WRITERS[settings.format.name]
            write(frozen, path, settings.weights_dtype, facts)
    except OSError:
        raise
    except Exception as error:  # of any converter
        raise WrongFile(
            f"The model cannot be written as {settings.format.name}: "
            f"{first_line(error)}"
        ) from error


def _check(
    graph: keras.Model, path: pathlib.Path, settings: Settings, batch: int
) -> None:
    """Opens and runs what was written."""

    def expected(canvases: np.ndarray) -> dict[str, np.ndarray]:
        found = graph(canvases, training=False)
        return {k: keras.ops.convert_to_numpy(v) for k, v in found.items()}

    name, shape = settings.format.name, (*settings.letterbox.image_size, 3)
    try:
        with quiet():
            run = OPENERS[name](path)
            exact = settings.weights_dtype == "float32"
            check_agreement(run, expected, (batch, *shape), exact)
    except WrongFile as error:
        raise WrongFile(
            f"{name} was written, but does not give what the model gives, so "
            f"it was not kept: {error}"
        ) from error
