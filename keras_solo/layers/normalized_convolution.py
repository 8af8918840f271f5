"""A convolution and the batch normalisation behind it, in one pass."""

import math

import keras
from keras import ops

from keras_solo._backend.convolution import convolve
from keras_solo._tensor import Tensor
from keras_solo.layers.convolution import Conv2D
from keras_solo.layers.frozen_batch_normalization import (
    FrozenBatchNormalization,
)


def convolve_and_normalize(
    conv: keras.layers.Layer,
    norm: keras.layers.Layer,
    inputs: Tensor,
    training: bool | None = None,
) -> Tensor:
    """`norm(conv(inputs))`, folded into one convolution where that is less.

    A batch normalisation with its running statistics is one scale and shift a
    channel. The scale goes into the kernel if that has fewer numbers than the
    result, and saves a pass over it, in training too. Kernels are folded as
    they are used and saved as they are.

    Args:
        conv: A convolution without bias and activation.
        norm: Any normalisation.
        inputs: `(B, H, W, C)`.
        training: As in `keras.layers.Layer.call`.

    Returns:
        Tensor `(B, H', W', filters)`.
    """
    if not (isinstance(conv, Conv2D) and _is_affine(norm, training)):
        return norm(conv(inputs), training=training)
    scale = norm.gamma * ops.rsqrt(norm.moving_variance + norm.epsilon)
    shift = norm.beta - norm.moving_mean * scale
    shape = conv.compute_output_shape(inputs.shape)
    if math.prod(n or 1 for n in shape) < math.prod(conv.kernel.shape):
        return conv(inputs) * scale + shift
    return convolve(
        inputs, conv.kernel * scale, shift, conv.strides, conv.zeros
    )


def _is_affine(norm: keras.layers.Layer, training: bool | None) -> bool:
    """Whether it is a scale and a shift that do not depend on the maps."""
    if isinstance(norm, FrozenBatchNormalization):
        fixed = True
    else:
        fixed = isinstance(norm, keras.layers.BatchNormalization) and not (
            training and norm.trainable
        )
    # In half precision a folded kernel would be rounded twice.
    return fixed and norm.compute_dtype == "float32"
