"""ReLU in the memory of its argument, where a backend can."""

import keras
from keras import ops

from keras_solo._tensor import Tensor


def rectify(values: Tensor, added: Tensor | None = None) -> Tensor:
    """ReLU of `values`, or of a sum; `values` may be overwritten.

    Args:
        values: A tensor that nobody else holds.
        added: A tensor of the same shape, which stays as it is.

    Returns:
        Tensor of the same shape.
    """
    if keras.backend.backend() == "torch":
        if added is not None:
            values = values.add_(added)
        return values.relu_()
    return ops.relu(values if added is None else values + added)
