"""Averages of the weights (EMA): put in place and back, written once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

import keras
import numpy as np


def averages_weights(optimizer: object) -> bool:
    """Whether an optimizer, or one inside it, averages weights (`use_ema`).

    Args:
        optimizer: Of Keras; also a `LossScaleOptimizer` around one, or one
            that holds several in `optimizers`; or None.

    Example:

    >>> averages_weights(keras.optimizers.SGD(use_ema=True))
    True
    """
    inner = [getattr(optimizer, "inner_optimizer", None)]
    inner += getattr(optimizer, "optimizers", None) or []
    return bool(getattr(optimizer, "use_ema", False)) or any(
        averages_weights(one) for one in inner if one is not None
    )


def own_memory(variables: Iterable[keras.Variable]) -> None:
    """Gives each variable memory of its own, with the same value.

    On JAX a weight that was set to its average is the same array, which a
    compiled step would give away (donate) twice.

    Args:
        variables: Of a model.
    """
    for variable in variables:
        variable.assign(copied(variable))


@contextlib.contextmanager
def final_weights(model: keras.Model) -> Iterator[None]:
    """The weights that `fit` would end with now, for the time of a `with`.

    With an optimizer that averages weights these are the averages; else
    nothing happens. `finalize_variable_values` is what `fit` calls in the end:
    it does not change the averages. Afterwards every weight is, bit for bit,
    what it was (TensorFlow's `SwapEMAWeights` rounds them).

    Args:
        model: A compiled model, or one without an optimizer.

    Example:

    ```python
    with final_weights(model):
        model.save_weights("averages.weights.h5")
    ```
    """
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or not (
        optimizer.built and averages_weights(optimizer)
    ):
        yield
        return
    weights = model.trainable_weights
    kept = [copied(weight) for weight in weights]
    try:
        optimizer.finalize_variable_values(weights)
        own_memory(weights)
        yield
    finally:
        for weight, value in zip(weights, kept, strict=True):
            weight.assign(value)


def copied(variable: keras.Variable) -> np.ndarray:
    """A value in memory of its own, on every backend.

    Args:
        variable: Of a model.
    """
    return np.array(keras.ops.convert_to_numpy(variable), copy=True)
