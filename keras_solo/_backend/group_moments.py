"""Group normalisation in few passes over its maps."""

import keras
from keras import ops

from keras_solo._tensor import Tensor


def normalize_groups(
    inputs: Tensor, groups: int, scale: Tensor, shift: Tensor, epsilon: float
) -> Tensor:
    """Group normalisation over the channels of maps.

    Args:
        inputs: `(B, H, W, C)` float32.
        groups: Divides C.
        scale: `(C,)`.
        shift: `(C,)`.
        epsilon: Added to each variance.

    Returns:
        Tensor of the same shape.
    """
    scale, shift = (ops.convert_to_tensor(t) for t in (scale, shift))
    if keras.backend.backend() == "torch":
        from torch.nn import functional

        maps = inputs.permute(0, 3, 1, 2)
        outputs = functional.group_norm(maps, groups, scale, shift, epsilon)
        return outputs.permute(0, 2, 3, 1)
    # Channel by channel first: sums over a fifth axis take ten times as long.
    mean = _of_groups(ops.mean(inputs, (1, 2), keepdims=True), groups)
    centred = inputs - mean
    squares = ops.mean(ops.square(centred), (1, 2), keepdims=True)
    factor = ops.rsqrt(_of_groups(squares, groups) + epsilon) * scale
    return centred * factor + shift


def _of_groups(means: Tensor, groups: int) -> Tensor:
    """Means of channels `(B, 1, 1, C)` to that of each channel's group."""
    channels = means.shape[-1]
    means = ops.reshape(means, (-1, 1, 1, groups, channels // groups))
    if keras.backend.backend() == "tensorflow":
        # `ops.repeat` is 15 operations, and as many for its gradient.
        same = ops.ones((1, 1, 1, 1, channels // groups))
        means = ops.mean(means, -1, keepdims=True) * same
        return ops.reshape(means, (-1, 1, 1, channels))
    return ops.repeat(ops.mean(means, -1), channels // groups, axis=-1)
