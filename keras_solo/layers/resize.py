"""Bilinear resizing as the network does it everywhere."""

import keras
from keras import ops

from keras_solo._backend.resampling import resample
from keras_solo._tensor import Shape, Tensor


def resize_bilinear(features: Tensor, size: tuple[Tensor, Tensor]) -> Tensor:
    """Resizes a map bilinearly, without antialiasing.

    Args:
        features: `(B, H, W, C)` float tensor.
        size: (height, width) of the result; integers or scalar tensors.

    Returns:
        Tensor `(B, *size, C)` of the same dtype.

    Source: `F.interpolate(mode="bilinear", align_corners=False)`.
    """
    if not all(isinstance(side, int) for side in size):
        # Keras resizes to static sizes only.
        for axis, side in enumerate(size, start=1):
            features = _resample(features, side, axis)
        return features
    return resample(features, size)


def _resample(features: Tensor, size: Tensor, axis: int) -> Tensor:
    """Bilinear interpolation along one axis, to a size that is a tensor."""
    length = ops.shape(features)[axis]
    size, last = ops.cast(size, "int32"), ops.cast(length - 1, "float32")
    step = ops.cast(length, "float32") / ops.cast(size, "float32")
    position = (ops.cast(ops.arange(size), "float32") + 0.5) * step - 0.5
    position = ops.clip(position, 0.0, last)
    low = ops.floor(position)
    shape = [1, 1, 1, 1]
    shape[axis] = -1
    weight = ops.cast(ops.reshape(position - low, shape), features.dtype)
    below, above = (
        ops.take(features, ops.cast(index, "int32"), axis=axis)
        for index in (low, ops.minimum(low + 1.0, last))
    )
    return below * (1.0 - weight) + above * weight


def scale_bilinear(features: Tensor, factor: float) -> Tensor:
    """Resizes a map bilinearly by a factor, 2 or 0.5 (rounded down)."""
    _, height, width, _ = ops.shape(features)
    return resize_bilinear(
        features, (_scaled(height, factor), _scaled(width, factor))
    )


def _scaled(side: Tensor, factor: float) -> Tensor:
    return side * factor if factor >= 1 else side // int(1 / factor)


@keras.saving.register_keras_serializable(package="keras_solo")
class BilinearUpsampling(keras.layers.Layer):
    """Doubles height and width bilinearly; dynamic sizes are welcome.

    Input shape: `(B, H, W, C)`. Output shape: `(B, 2 H, 2 W, C)`.

    Example:

    >>> import numpy as np
    >>> tuple(BilinearUpsampling()(np.zeros((1, 2, 3, 4))).shape)
    (1, 4, 6, 4)
    """

    def call(self, inputs: Tensor) -> Tensor:
        return scale_bilinear(inputs, 2)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, height, width, channels = input_shape
        double = [side and 2 * side for side in (height, width)]
        return (batch, *double, channels)
