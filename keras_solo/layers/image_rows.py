"""Rows of each image of a batch, by their places in it."""

from keras import ops

from keras_solo._tensor import Tensor


def image_rows(values: Tensor, index: Tensor) -> Tensor:
    """`values[b, index[b, i]]` of any rank, as one gather.

    Args:
        values: `(B, N, ...)`.
        index: `(B, M)` integers from 0 to N - 1.

    Returns:
        `(B, M, ...)`.

    Example:

    >>> import numpy as np
    >>> values = np.array([[1, 2, 3], [4, 5, 6]])
    >>> np.array(image_rows(values, np.array([[2, 2], [0, 1]]))).tolist()
    [[3, 3], [4, 5]]
    """
    values = ops.convert_to_tensor(values)
    batch, count, *rest = ops.shape(values)
    if values.shape[0] == 0:  # where JAX's take forgets an axis
        return ops.zeros((*index.shape, *rest), values.dtype)
    flat = ops.reshape(values, (batch * count, *rest))
    first = ops.expand_dims(count * ops.arange(batch, dtype="int32"), 1)
    return ops.take(flat, first + ops.cast(index, "int32"), axis=0)
