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
# Numbers of a map from which on XLA's gradient of a kernel is slow on a CPU.
LARGE_MAP = 2**22
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


# === Operations that `keras.ops` has in a slower form ===


def convolve(
    inputs: Tensor,
    kernel: Tensor,
    bias: Tensor | None = None,
    strides: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
) -> Tensor:
    """A convolution with zeros around its input.

    `ops.conv` copies maps and kernels from layout to layout on PyTorch (a
    third of the time of a forward pass); and what XLA makes of a kernel's
    gradient on a CPU takes up to seven times the matrix products of this.

    Args:
        inputs: `(B, H, W, C)`.
        kernel: `(kh, kw, C / groups, filters)`.
        bias: `(filters,)`, or None.
        strides: (vertical, horizontal).
        padding: (top and bottom, left and right).

    Returns:
        Tensor `(B, H', W', filters)`.
    """
    from keras import backend, ops

    inputs, kernel = (ops.convert_to_tensor(t) for t in (inputs, kernel))
    if backend.backend() == "torch":
        return _convolve_by_torch(inputs, kernel, bias, strides, padding)
    inputs = _surrounded(inputs, padding)
    convolved = _convolved
    if backend.backend() == "jax" and kernel.shape[2] == inputs.shape[-1]:
        convolved = _convolved_by_jax
    outputs = convolved(inputs, kernel, strides)
    return outputs if bias is None else outputs + bias


def _convolved(
    inputs: Tensor, kernel: Tensor, strides: tuple[int, int]
) -> Tensor:
    from keras import ops

    return ops.conv(
        inputs, kernel, strides, "valid", data_format="channels_last"
    )


def _convolved_by_jax(
    inputs: Tensor, kernel: Tensor, strides: tuple[int, int]
) -> Tensor:
    """The same, with gradients that XLA has no slow form for."""
    import jax

    if kernel.shape[:2] == (1, 1):
        return inputs[:, :: strides[0], :: strides[1]] @ kernel[0, 0]
    outputs = jax.eval_shape(
        lambda x, w: _convolved(x, w, strides), inputs, kernel
    )
    on_cpu = jax.default_backend() == "cpu" and kernel.dtype == "float32"
    if not on_cpu or outputs.size < LARGE_MAP:
        return _convolved(inputs, kernel, strides)

    @jax.custom_vjp
    def convolved(inputs: Tensor, kernel: Tensor) -> Tensor:
        return _convolved(inputs, kernel, strides)

    def pull(saved: tuple[Tensor, Tensor], gradient: Tensor) -> object:
        inputs, kernel = saved
        _, pull_inputs = jax.vjp(
            lambda inputs: _convolved(inputs, kernel, strides), inputs
        )
        of_kernel = _kernel_gradient(inputs, gradient, kernel.shape, strides)
        return *pull_inputs(gradient), of_kernel

    convolved.defvjp(lambda *both: (convolved(*both), both), pull)
    return convolved(inputs, kernel)


def _kernel_gradient(
    inputs: Tensor,
    gradient: Tensor,
    shape: tuple[int, int, int, int],
    strides: tuple[int, int],
) -> Tensor:
    """A matrix product for each tap of a kernel."""
    from keras import ops

    kernel_height, kernel_width, channels, filters = shape
    _, height, width, _ = gradient.shape
    gradient = ops.reshape(gradient, (-1, filters))
    products = []
    for y in range(kernel_height):
        for x in range(kernel_width):
            rows = slice(y, y + (height - 1) * strides[0] + 1, strides[0])
            columns = slice(x, x + (width - 1) * strides[1] + 1, strides[1])
            seen = ops.reshape(inputs[:, rows, columns], (-1, channels))
            products.append(ops.matmul(ops.transpose(seen), gradient))
    return ops.reshape(ops.stack(products), shape)


def _surrounded(inputs: Tensor, padding: tuple[int, int]) -> Tensor:
    from keras import ops

    if not any(padding):
        return inputs
    return ops.pad(inputs, [(side, side) for side in (0, *padding, 0)])


def _convolve_by_torch(
    inputs: Tensor,
    kernel: Tensor,
    bias: Tensor | None,
    strides: tuple[int, int],
    padding: tuple[int, int],
) -> Tensor:
    from keras import ops
    from torch.nn import functional

    # Views, not copies.
    outputs = functional.conv2d(
        inputs.permute(0, 3, 1, 2),
        kernel.permute(3, 2, 0, 1),
        None if bias is None else ops.convert_to_tensor(bias),
        strides,
        padding,
        groups=inputs.shape[-1] // kernel.shape[2],
    )
    return outputs.permute(0, 2, 3, 1)


def lay_out(kernel: Tensor) -> None:
    """Puts a kernel's numbers in the order in which `convolve` reads them.

    Its shape and values stay. On PyTorch each convolution of a small map
    would else spend as much time on copying its kernel.

    Args:
        kernel: A variable `(kh, kw, C, filters)`.
    """
    from keras import backend

    if backend.backend() == "torch":
        tensor = kernel.value.data
        ordered = tensor.permute(3, 0, 1, 2).contiguous()
        kernel.value.data = ordered.permute(1, 2, 3, 0)


def normalize_groups(
    inputs: Tensor, groups: int, scale: Tensor, shift: Tensor, epsilon: float
) -> Tensor:
    """Group normalisation over the channels of maps.

    Args:
        inputs: `(B, H, W, C)` float32.
        groups: Divides C.
        scale: `(C,)`.
        shift: `(C,)`.
        epsilon: Added to each variance.

    Returns:
        Tensor of the same shape.
    """
    from keras import backend, ops

    scale, shift = (ops.convert_to_tensor(t) for t in (scale, shift))
    if backend.backend() == "torch":
        from torch.nn import functional

        maps = inputs.permute(0, 3, 1, 2)
        outputs = functional.group_norm(maps, groups, scale, shift, epsilon)
        return outputs.permute(0, 2, 3, 1)
    _, height, width, channels = ops.shape(inputs)
    grouped = (-1, height, width, groups, channels // groups)
    maps = ops.reshape(inputs, grouped)
    mean, variance = ops.moments(maps, axes=[1, 2, 4], keepdims=True)
    factor = ops.rsqrt(variance + epsilon)
    factor = factor * ops.reshape(scale, (1, 1, 1, groups, -1))
    offset = ops.reshape(shift, (1, 1, 1, groups, -1)) - mean * factor
    outputs = maps * factor + offset
    return ops.reshape(outputs, (-1, height, width, channels))


def rectify(values: Tensor, added: Tensor | None = None) -> Tensor:
    """ReLU of `values`, or of a sum; `values` may be overwritten.

    Args:
        values: A tensor that nobody else holds.
        added: A tensor of the same shape, which stays as it is.

    Returns:
        Tensor of the same shape.
    """
    from keras import backend, ops

    if backend.backend() == "torch":
        if added is not None:
            values = values.add_(added)
        return values.relu_()
    return ops.relu(values if added is None else values + added)
