"""Coordinates as channels, so that convolutions know where they are."""

import keras
from keras import ops


def coord_concat(features):
    """Appends the x and y coordinate of every position to its channels.

    Coordinates run from -1 to 1 over the whole map, both ends included, and
    come after the features, x first.

    Args:
        features: `(B, H, W, C)` float tensor.

    Returns:
        Tensor `(B, H, W, C + 2)` of the same dtype.

    Source: CoordConv (arXiv:1807.03247); SOLO (arXiv:1912.04488) section 3.3;
    `generate_coordinate` of MMDetection.
    """
    batch, height, width, _ = ops.shape(features)
    x = ops.broadcast_to(_axis(width)[None, None, :], (batch, height, width))
    y = ops.broadcast_to(_axis(height)[None, :, None], (batch, height, width))
    coordinates = ops.cast(ops.stack([x, y], axis=-1), features.dtype)
    return ops.concatenate([features, coordinates], axis=-1)


def _axis(length):
    steps = ops.cast(ops.arange(length), "float32")
    last = ops.cast(ops.maximum(length - 1, 1), "float32")
    # A single position is at -1, where linspace(-1, 1, 1) puts it.
    return steps * (2.0 / last) - 1.0


@keras.saving.register_keras_serializable(package="keras_solo")
class CoordConcat(keras.layers.Layer):
    """Layer over `coord_concat`: appends x and y in [-1, 1] to the channels.

    Input shape: `(B, H, W, C)`. Output shape: `(B, H, W, C + 2)`.

    Example:

    >>> import numpy as np
    >>> output = CoordConcat()(np.zeros((1, 2, 3, 4), "float32"))
    >>> tuple(output.shape)
    (1, 2, 3, 6)
    """

    def call(self, inputs):
        return coord_concat(inputs)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 2)
