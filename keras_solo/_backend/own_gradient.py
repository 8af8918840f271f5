"""A function whose gradient we write ourselves."""

from collections.abc import Callable, Sequence

import keras

from keras_solo._backend.ordering import after
from keras_solo._tensor import Tensor

Outputs = list[Tensor]
Pulled = tuple[Tensor, ...]
Function = Callable[..., Outputs]
Pull = Callable[[Sequence[Tensor], Sequence[Tensor]], Sequence[Tensor]]


def with_gradient(function: Function, pull: Pull) -> Function:
    """Gives a function a gradient; only its arguments are kept for that.

    Args:
        function: Takes tensors, returns a list of tensors.
        pull: Takes the arguments of `function` and the gradient of each of
            its results, and returns the gradient of each argument.

    Returns:
        `function` with this gradient, which cannot be derived again.
    """
    wrap = {"jax": _by_jax, "torch": _by_torch, "tensorflow": _by_tensorflow}
    return wrap[keras.backend.backend()](function, pull)


def _by_jax(function: Function, pull: Pull) -> Function:
    import jax

    def pull_all(arguments: Sequence[Tensor], gradients: Outputs) -> Pulled:
        # What both passes compute would else be computed once and kept.
        return tuple(pull(after(gradients[0], arguments), gradients))

    wrapped = jax.custom_vjp(function)
    wrapped.defvjp(
        lambda *arguments: (function(*arguments), arguments), pull_all
    )
    return wrapped


def _by_tensorflow(function: Function, pull: Pull) -> Function:
    import tensorflow as tf

    @tf.custom_gradient
    def wrapped(*arguments: Tensor) -> tuple[Outputs, Function]:
        def pull_all(*gradients: Tensor) -> Outputs:
            # What both passes compute would else be computed once and kept.
            with tf.control_dependencies(gradients):
                return list(pull(arguments, gradients))

        return function(*arguments), pull_all

    # Called eagerly, it takes tensors but no variables.
    return lambda *arguments: list(
        wrapped(*(tf.convert_to_tensor(argument) for argument in arguments))
    )


def _by_torch(function: Function, pull: Pull) -> Function:
    import torch

    class Wrapped(torch.autograd.Function):
        @staticmethod
        def forward(context: object, *arguments: Tensor) -> Pulled:
            context.save_for_backward(*arguments)  # type: ignore[attr-defined]
            return tuple(function(*arguments))

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(context: object, *gradients: Tensor) -> Pulled:
            saved = context.saved_tensors  # type: ignore[attr-defined]
            return tuple(pull(saved, gradients))

    def wrapped(*arguments: Tensor) -> Outputs:
        if not torch.is_grad_enabled():
            return function(*arguments)
        return list(Wrapped.apply(*arguments))

    return wrapped
