"""Coordinates as channels, so that convolutions know where they are."""

import keras
from keras import ops

from keras_solo._tensor import Shape, Tensor


def coord_concat(features: Tensor) -> Tensor:
    """Appends the x and y coordinate of every position to its channels.

    Coordinates run from -1 to 1 over the whole map, both ends included, and
    come after the features, x first.

    Args:
        features: `(B, H, W, C)` float tensor.

    Returns:
        Tensor `(B, H, W, C + 2)` of the same dtype.

    Example:

    >>> import numpy as np
    >>> output = coord_concat(np.zeros((1, 1, 3, 1), "float32"))
    >>> np.array(output)[0, 0, :, 1].tolist()
    [-1.0, 0.0, 1.0]

    Source: CoordConv (arXiv:1807.03247); SOLO (arXiv:1912.04488) section 3.3;
    `generate_coordinate` of MMDetection.
    """
    batch, height, width, _ = ops.shape(features)
    x = ops.broadcast_to(_axis(width)[None, None, :], (batch, height, width))
    y = ops.broadcast_to(_axis(height)[None, :, None], (batch, height, width))
    coordinates = ops.cast(ops.stack([x, y], axis=-1), features.dtype)
    return ops.concatenate([features, coordinates], axis=-1)


def _axis(length: Tensor) -> Tensor:
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

    def call(self, inputs: Tensor) -> Tensor:
        return coord_concat(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        *positions, channels = input_shape
        return (*positions, channels and channels + 2)
