"""A compiled step of a model, for which Keras has no public function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import keras
from keras import ops

from keras_solo._tensor import Tensor

Step: TypeAlias = Callable[[Tensor], Tensor]


class Model(Protocol):
    """What is asked of a model here, of `keras.Model`."""

    run_eagerly: bool
    jit_compile: bool
    variables: list[Tensor]

    def jax_state_sync(self) -> None: ...


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
    compilers = {"jax": _compiled_by_jax, "tensorflow": _compiled_by_tensorflow}
    return compilers.get(keras.backend.backend(), _run_by_torch)(
        model, function
    )


def _compiled_by_jax(model: Model, function: Step) -> Step:
    import jax

    variables = model.variables

    def with_weights(weights: list[Tensor], inputs: Tensor) -> Tensor:
        mapping = list(zip(variables, weights, strict=True))
        with keras.StatelessScope(mapping):
            return function(inputs)

    compiled = jax.jit(with_weights) if model.jit_compile else with_weights

    def step(inputs: Tensor) -> Tensor:
        # During an epoch of `fit` the weights are elsewhere.
        model.jax_state_sync()
        return compiled([_here(one.value) for one in variables], inputs)

    return step


def _here(value: Tensor) -> Tensor:
    """A weight that all processes hold, as an array of this one alone.

    So a process may predict what others do not.
    """
    if value.is_fully_addressable or not value.is_fully_replicated:
        return value
    return value.addressable_data(0)


def _compiled_by_tensorflow(model: Model, function: Step) -> Step:
    import tensorflow

    compiled = tensorflow.function(
        function, autograph=False, jit_compile=model.jit_compile or None
    )
    return lambda inputs: compiled(ops.convert_to_tensor(inputs))


def _run_by_torch(model: Model, function: Step) -> Step:
    import torch

    compiled = torch.compile(function) if model.jit_compile else function
    return _without_gradients(compiled)


def _without_gradients(function: Step) -> Step:
    def step(inputs: Tensor) -> Tensor:
        return function(ops.convert_to_tensor(inputs))

    if keras.backend.backend() != "torch":
        return step
    import torch

    return torch.no_grad()(step)
