"""Where along an axis something begins and ends."""

from keras import ops


def extent(hit):
    """First index that is set, and the one after the last.

    Args:
        hit: `(..., n)` booleans.

    Returns:
        Two float32 tensors `(...)`; the first exceeds the second where
        nothing is set.
    """
    index = ops.cast(ops.arange(ops.shape(hit)[-1]), "float32")
    first = ops.min(ops.where(hit, index, 1e9), axis=-1)
    return first, ops.max(ops.where(hit, index + 1.0, 0.0), axis=-1)
