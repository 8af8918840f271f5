"""What differs between backends, in the one file that names them.

Chooses an installed backend for Keras when nothing else has: Keras falls back
to TensorFlow when neither `KERAS_BACKEND` nor `keras.json` names a backend,
and then fails where only JAX or PyTorch is installed. And compiles a step,
for which Keras has no public function.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import sys
import warnings
from collections.abc import Callable
from typing import Protocol, TypeAlias

from keras_solo._tensor import Tensor

BACKENDS = ("jax", "tensorflow", "torch")
UNTOUCHED_CONFIG = {
    "floatx": "float32",
    "epsilon": 1e-07,
    "backend": "tensorflow",
    "image_data_format": "channels_last",
}

Step: TypeAlias = Callable[[Tensor], Tensor]


class Model(Protocol):
    """What is asked of a model here, of `keras.Model`."""

    run_eagerly: bool
    jit_compile: bool
    variables: list[Tensor]

    def jax_state_sync(self) -> None: ...


def choose_backend() -> str | None:
    """Sets `KERAS_BACKEND` to the first installed backend, if need be.

    Does nothing where Keras is imported already, or where the environment or
    `keras.json` decides. Says once what it chose.

    Returns:
        The name of the backend chosen here, or `None`.

    Raises:
        ImportError: If no backend is installed.
    """
    if "keras" in sys.modules or os.environ.get("KERAS_BACKEND"):
        return None
    if _configured():
        return None
    for backend in BACKENDS:
        if importlib.util.find_spec(backend) is not None:
            os.environ["KERAS_BACKEND"] = backend
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


def compile_step(model: Model, function: Step) -> Step:
    """Compiles what a model predicts, for any number of threads at once.

    Keras compiles `predict` alike, but for one call at a time: on JAX its
    step gives the weights away and takes them back, and a second thread finds
    them gone. Here they are only read. `model.run_eagerly` and
    `model.jit_compile` are obeyed as in `predict`.

    Args:
        model: Its weights are read at each call, so that training and loading
            are seen.
        function: From one tensor to a structure of tensors. It may call the
            model and layers without weights, and sees nothing else that
            changes.

    Returns:
        A function of a tensor or an array, compiled once a shape.
    """
    if model.run_eagerly:
        return _without_gradients(function)
    # Keras may be imported only when a backend is chosen.
    from keras import backend

    compilers = {"jax": _compiled_by_jax, "tensorflow": _compiled_by_tensorflow}
    return compilers.get(backend.backend(), _run_by_torch)(model, function)


def _compiled_by_jax(model: Model, function: Step) -> Step:
    import jax
    from keras import StatelessScope

    variables = model.variables

    def with_weights(weights: list[Tensor], inputs: Tensor) -> Tensor:
        mapping = list(zip(variables, weights, strict=True))
        with StatelessScope(mapping):
            return function(inputs)

    compiled = jax.jit(with_weights) if model.jit_compile else with_weights

    def step(inputs: Tensor) -> Tensor:
        # During an epoch of `fit` the weights are elsewhere.
        model.jax_state_sync()
        return compiled([variable.value for variable in variables], inputs)

    return step


def _compiled_by_tensorflow(model: Model, function: Step) -> Step:
    import tensorflow
    from keras import ops

    compiled = tensorflow.function(
        function, autograph=False, jit_compile=model.jit_compile or None
    )
    return lambda inputs: compiled(ops.convert_to_tensor(inputs))


def _run_by_torch(model: Model, function: Step) -> Step:
    import torch

    compiled = torch.compile(function) if model.jit_compile else function
    return _without_gradients(compiled)


def _without_gradients(function: Step) -> Step:
    from keras import backend, ops

    def step(inputs: Tensor) -> Tensor:
        return function(ops.convert_to_tensor(inputs))

    if backend.backend() != "torch":
        return step
    import torch

    return torch.no_grad()(step)
