"""Bilinear resizing as the network does it everywhere."""

import keras
from keras import ops


def resize_bilinear(features, size):
    """Resizes a map bilinearly, without antialiasing.

    Args:
        features: `(B, H, W, C)` float tensor.
        size: (height, width) of the result; integers or scalar tensors.

    Returns:
        Tensor `(B, *size, C)` of the same dtype.

    Source: `F.interpolate(mode="bilinear", align_corners=False)`.
    """
    return ops.image.resize(
        features,
        size,
        interpolation="bilinear",
        antialias=False,
        data_format="channels_last",
    )


def scale_bilinear(features, factor):
    """Resizes a map bilinearly by a factor, 2 or 0.5 (rounded down)."""
    _, height, width, _ = ops.shape(features)
    return resize_bilinear(
        features, (_scaled(height, factor), _scaled(width, factor))
    )


def _scaled(side, factor):
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

    def call(self, inputs):
        return scale_bilinear(inputs, 2)

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        double = [side and 2 * side for side in (height, width)]
        return (batch, *double, channels)
