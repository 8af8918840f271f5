"""The values of variables in a file, and back, bit for bit."""

import math
import pathlib
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

# What a file takes for a variable beside its values, at most.
HEADER = 512


def write_values(
    path: pathlib.Path, variables: Sequence[keras.Variable]
) -> None:
    """Writes values in the order of their variables.

    Args:
        path: The file, `.npz`.
        variables: Of a model, of its optimizer.
    """
    np.savez(path, *[_value(variable) for variable in variables])


def _value(variable: keras.Variable) -> np.ndarray:
    if variable.dtype.startswith(("bfloat16", "float8")):
        # NumPy has no such type; float32 holds all of its numbers.
        variable = ops.cast(variable, "float32")
    return np.asarray(ops.convert_to_numpy(variable))


def read_values(
    path: pathlib.Path, variables: Sequence[keras.Variable]
) -> None:
    """Gives variables the values of a file.

    Args:
        path: What `write_values` wrote.
        variables: As many, of the same shapes, in the same order.

    Raises:
        ValueError: If they are others; nothing is changed.
    """
    with np.load(path) as arrays:
        values = [arrays[f"arr_{number}"] for number in range(len(arrays))]
    if [v.shape for v in values] != [tuple(v.shape) for v in variables]:
        raise ValueError(
            f"Expected the values of {len(variables)} variables of this model "
            f"in {path}. Received: {len(values)} of another."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def values_bytes(variables: Sequence[keras.Variable]) -> int:
    """The most that a file of their values takes.

    Args:
        variables: Of a model, of its optimizer.
    """
    # No type has more than four bytes but integers that count.
    sizes = [8 if "64" in v.dtype else 4 for v in variables]
    counts = [math.prod(v.shape) for v in variables]
    held = sum(a * b for a, b in zip(sizes, counts, strict=True))
    return held + HEADER * (1 + len(variables))
