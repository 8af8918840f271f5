"""Each format's writer, and what opens what it wrote."""

from __future__ import annotations

import os
import pathlib

from keras_solo.export import litert, onnx_file, openvino_file, saved_model
from keras_solo.export.agreement import first_line
from keras_solo.export.formats import check_installed, format_of
from keras_solo.export.quiet import quiet
from keras_solo.export.runner import Runner

WRITERS = {
    "onnx": onnx_file.write,
    "saved_model": saved_model.write,
    "litert": litert.write,
    "openvino": openvino_file.write,
}
OPENERS = {
    "onnx": onnx_file.opened,
    "saved_model": saved_model.opened,
    "litert": litert.opened,
    "openvino": openvino_file.opened,
}


def open_exported(path: str | os.PathLike[str]) -> Runner:
    """Opens a file that `export` wrote, in the runtime of its format.

    Only files that you trust: a graph is a program of its runtime.

    Args:
        path: The file, or the folder of a SavedModel. Its suffix says which
            format it is.

    Returns:
        A function from uint8 RGB canvases `(B, H, W, 3)` to a dict of
        `"masks"`, `"labels"`, `"confidence"`, `"boxes"` and
        `"num_detections"`, NumPy arrays as `InstanceDecoder` describes them.

    Raises:
        FileNotFoundError: If nothing is there.
        ImportError: If the runtime is not installed.
        ValueError: If the runtime cannot open it.

    Example:

    ```python
    run = keras_solo.export.open_exported("model.onnx")
    found = run(np.zeros((1, 320, 320, 3), "uint8"))
    found["num_detections"]
    ```
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file or folder {path}.")
    chosen = format_of(path)
    check_installed(chosen, to_write=False)
    try:
        with quiet():
            return OPENERS[chosen.name](path)
    except Exception as error:  # of any runtime
        raise ValueError(
            f"{path} is nothing that {chosen.runtime} opens: "
            f"{first_line(error)}"
        ) from error
