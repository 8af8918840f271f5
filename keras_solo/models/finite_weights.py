"""Weights that are no numbers: refused when saved, named when loaded."""

import os
import warnings

import keras
import numpy as np
from keras import ops


def non_finite(model: keras.Model) -> list[str]:
    """The paths of weights that hold NaN or infinity.

    Args:
        model: Any model.

    Example:

    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> _ = model.layers[0].kernel.assign([[float("nan")]])
    >>> [path.rpartition("/")[2] for path in non_finite(model)]
    ['kernel']
    """
    return [
        weight.path
        for weight in model.weights
        if not np.isfinite(ops.convert_to_numpy(weight)).all()
    ]


def refuse_non_finite(model: keras.Model) -> None:
    """Makes sure that nobody saves what finds nothing.

    Args:
        model: Any model.

    Raises:
        ValueError: If a weight is NaN or infinite.
    """
    broken = non_finite(model)
    if broken:
        raise ValueError(
            "Expected weights that are numbers. Received: NaN or infinity in "
            f"{len(broken)} of {len(model.weights)} weights, such as "
            f"{broken[0]}. keras_solo.callbacks.StopAtNonFinite stops a "
            "training in time."
        )


def warn_of_non_finite(
    model: keras.Model, path: str | os.PathLike[str]
) -> None:
    """Names what was loaded and finds nothing.

    Args:
        model: Any model.
        path: Where its weights came from.
    """
    broken = non_finite(model)
    if broken:
        warnings.warn(
            f"{path} holds NaN or infinity in {len(broken)} of "
            f"{len(model.weights)} weights, such as {broken[0]}: the model "
            "finds nothing.",
            stacklevel=2,
        )
