"""The dynamic convolution: predicted kernels over shared mask features."""

import keras
from keras import ops

from keras_solo._tensor import Shape, Tensor


def dynamic_convolution(features: Tensor, kernels: Tensor) -> Tensor:
    """Convolves the mask features with kernels that the network predicted.

    A 1 x 1 convolution without bias is one matrix product: the logit of
    kernel k at a position is the inner product of their E channels.

    Args:
        features: `(B, h, w, E)` or `(h, w, E)` mask features.
        kernels: `(B, K, E)` or `(K, E)` one kernel for each mask.

    Returns:
        Mask logits `(B, K, h, w)` or `(K, h, w)`.

    Example:

    >>> import numpy as np
    >>> features = np.ones((1, 4, 5, 8), "float32")
    >>> kernels = np.ones((1, 3, 8), "float32")
    >>> float(dynamic_convolution(features, kernels)[0, 2, 3, 4])
    8.0

    Source: SOLOv2 (arXiv:2003.10152) section 3.2.
    """
    *batch, height, width, channels = ops.shape(features)
    pixels = ops.reshape(features, (*batch, height * width, channels))
    logits = ops.matmul(kernels, ops.swapaxes(pixels, -1, -2))
    count = ops.shape(kernels)[-2]
    return ops.reshape(logits, (*batch, count, height, width))


@keras.saving.register_keras_serializable(package="keras_solo")
class DynamicConvolution(keras.layers.Layer):
    """Layer over `dynamic_convolution`: kernels x features to mask logits.

    Called with `features` `(B, h, w, E)` and `kernels` `(B, K, E)`; returns
    mask logits `(B, K, h, w)`.

    Example:

    >>> import numpy as np
    >>> features = np.ones((1, 4, 5, 8), "float32")
    >>> kernels = np.ones((1, 3, 8), "float32")
    >>> tuple(DynamicConvolution()(features, kernels).shape)
    (1, 3, 4, 5)
    """

    def call(self, features: Tensor, kernels: Tensor) -> Tensor:
        return dynamic_convolution(features, kernels)

    def compute_output_shape(
        self, features_shape: Shape, kernels_shape: Shape
    ) -> Shape:
        return (*kernels_shape[:2], *features_shape[1:3])
