"""Maps that are computed again for their gradients instead of being kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import keras
from keras import ops

from keras_solo._backend.rematerialize import rematerialize
from keras_solo._tensor import Tensor

Function: TypeAlias = Callable[[Tensor], Tensor]


def rematerialized(
    function: Function, state: Sequence[keras.Variable] = ()
) -> Function:
    """A function that keeps its inputs alone for the gradient.

    `keras.remat`, for functions that change variables, too: running
    statistics are updated once though they are computed twice, and random
    numbers are the same the second time.

    Args:
        function: From a structure of tensors to another. It may read weights.
        state: The variables that it changes.

    Returns:
        A function with the same results and gradients.
    """
    state = list(state)
    if not state:
        return rematerialize(function)

    def with_state(
        inputs: Tensor, before: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        now = _values(state)
        _assign(state, before)
        try:
            return function(inputs), _values(state)
        finally:  # PyTorch stops the second time as soon as it can.
            _assign(state, now)

    def call(inputs: Tensor) -> Tensor:
        outputs, after = rematerialize(with_state)(inputs, _values(state))
        _assign(state, after)
        return outputs

    return call


def _values(variables: Sequence[keras.Variable]) -> list[Tensor]:
    return [ops.copy(variable) for variable in variables]


def _assign(
    variables: Sequence[keras.Variable], values: Sequence[Tensor]
) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(ops.stop_gradient(value))


def changing(layers: Sequence[keras.layers.Layer]) -> list[keras.Variable]:
    """What layers may change when they are called in training."""
    return [v for layer in layers for v in layer.non_trainable_variables]
