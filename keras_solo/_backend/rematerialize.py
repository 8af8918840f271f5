"""A function that is computed again for its gradient."""

from collections.abc import Callable

import keras

from keras_solo._backend.device import is_on_cpu
from keras_solo._backend.ordering import after
from keras_solo._tensor import Tensor

Function = Callable[..., Tensor]


def rematerialize(function: Function) -> Function:
    """`keras.remat`, which XLA undoes on a CPU: there it waits for a gradient.

    Args:
        function: From structures of tensors to another. It may read weights.

    Returns:
        A function with the same results, that keeps its arguments and the
        weights alone.
    """
    if keras.backend.backend() == "jax" and is_on_cpu(None):
        return _by_jax(function)
    return keras.remat(function)


def _by_jax(function: Function) -> Function:
    import jax

    def call(*arguments: Tensor) -> Tensor:
        closed, weights = jax.closure_convert(function, *arguments)

        def run(arguments: Tensor, weights: Tensor) -> Tensor:
            return closed(*arguments, *weights)

        def pull(saved: Tensor, gradients: Tensor) -> Tensor:
            leaves, structure = jax.tree.flatten(saved)
            event = next(g for g in jax.tree.leaves(gradients) if _is_float(g))
            floats = iter(after(event, [x for x in leaves if _is_float(x)]))
            leaves = [next(floats) if _is_float(x) else x for x in leaves]
            _, pull_all = jax.vjp(run, *structure.unflatten(leaves))
            return pull_all(gradients)

        again = jax.custom_vjp(run)
        again.defvjp(lambda *both: (run(*both), both), pull)
        return again(arguments, weights)

    def _is_float(leaf: Tensor) -> bool:
        return jax.numpy.issubdtype(leaf.dtype, jax.numpy.floating)

    return call
