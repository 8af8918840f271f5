"""Chooses an installed backend for Keras when nothing else has.

Keras falls back to TensorFlow when neither `KERAS_BACKEND` nor `keras.json`
names a backend, and then fails where only JAX or PyTorch is installed.
"""

import importlib.util
import json
import os
import pathlib
import sys
import warnings

BACKENDS = ("jax", "tensorflow", "torch")
# What was chosen here, as the command line says where something runs.
chosen: str | None = None
UNTOUCHED_CONFIG = {
    "floatx": "float32",
    "epsilon": 1e-07,
    "backend": "tensorflow",
    "image_data_format": "channels_last",
}


def choose_backend() -> str | None:
    """Sets `KERAS_BACKEND` to the first installed backend, if need be.

    Does nothing where Keras is imported already, or where the environment or
    `keras.json` decides. Says once what it chose; the command line says it by
    itself.

    Returns:
        The name of the backend chosen here, or `None`.

    Raises:
        ImportError: If no backend is installed.
    """
    global chosen
    if "keras" in sys.modules or os.environ.get("KERAS_BACKEND"):
        return None
    if _configured():
        return None
    for backend in BACKENDS:
        if importlib.util.find_spec(backend) is not None:
            os.environ["KERAS_BACKEND"] = chosen = backend
            if not _is_command():
                warnings.warn(
                    f"keras-solo chose the {backend} backend, the first one "
                    "installed. Set KERAS_BACKEND to choose another one.",
                    stacklevel=3,
                )
            return backend
    extras = ", ".join(f'pip install "keras-solo[{b}]"' for b in BACKENDS)
    raise ImportError(
        "keras-solo needs a Keras backend: JAX, TensorFlow or PyTorch, and "
        f"none is installed. Install one of them: {extras}."
    )


def _is_command() -> bool:
    """Whether this process is `keras-solo`, or `python -m keras_solo.cli`."""
    name = pathlib.PurePath(sys.argv[0] if sys.argv else "").stem
    started = sys.orig_argv[1:]
    module = ["-m", "keras_solo.cli"]
    return name == "keras-solo" or any(
        started[place : place + 2] == module for place in range(len(started))
    )


def _configured() -> bool:
    """Whether somebody named a backend in `keras.json`.

    Keras writes that file by itself when it is first imported, always with
    TensorFlow in it. A file that is exactly what Keras writes is therefore
    nobody's choice: with it the second run would differ from the first, or
    fail where TensorFlow is not installed.
    """
    home = os.environ.get("KERAS_HOME")
    folder = pathlib.Path(home) if home else pathlib.Path.home() / ".keras"
    try:
        config = json.loads((folder / "keras.json").read_text())
    except (OSError, ValueError):
        return False
    return bool(config.get("backend")) and config != UNTOUCHED_CONFIG
