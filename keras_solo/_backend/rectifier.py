"""ReLU in the memory of its argument, where a backend can."""

import keras
from keras import ops

from keras_solo._tensor import Tensor


def rectify(
    values: Tensor, added: Tensor | None = None, to_six: bool = False
) -> Tensor:
    """ReLU of `values`, or of a sum; `values` may be overwritten.

    Args:
        values: A tensor that nobody else holds.
        added: A tensor of the same shape, which stays as it is.
        to_six: Whether results end at 6 (ReLU6).

    Returns:
        Tensor of the same shape.
    """
    if keras.backend.backend() == "torch":
        if added is not None:
            values = values.add_(added)
        if not to_six:
            return values.relu_()
        from torch.nn import functional

        return functional.hardtanh_(values, 0.0, 6.0)
    values = values if added is None else values + added
    return ops.relu6(values) if to_six else ops.relu(values)
