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
    _, height, width, channels = ops.shape(inputs)
    grouped = (-1, height, width, groups, channels // groups)
    maps = ops.reshape(inputs, grouped)
    mean, variance = ops.moments(maps, axes=[1, 2, 4], keepdims=True)
    factor = ops.rsqrt(variance + epsilon)
    factor = factor * ops.reshape(scale, (1, 1, 1, groups, -1))
    offset = ops.reshape(shift, (1, 1, 1, groups, -1)) - mean * factor
    outputs = maps * factor + offset
    return ops.reshape(outputs, (-1, height, width, channels))
