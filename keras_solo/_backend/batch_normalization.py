"""Batch normalisation in few passes over its maps."""

import math

import keras
from keras import ops

from keras_solo._tensor import Tensor


def normalize_batch(
    inputs: Tensor, scale: Tensor, shift: Tensor, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalises maps by their own mean and variance.

    What a backend derives of the formula by itself takes 2.5 times as long on
    TensorFlow on a CPU, and 3.5 times on PyTorch.

    Args:
        inputs: `(B, H, W, C)` float32.
        scale: `(C,)`.
        shift: `(C,)`.
        epsilon: Added to each variance.

    Returns:
        The normalised maps, and the mean and variance `(C,)` of each channel,
        which have no gradient.
    """
    scale, shift = (ops.convert_to_tensor(t) for t in (scale, shift))
    if keras.backend.backend() == "tensorflow":
        return _normalized_by_tensorflow(inputs, scale, shift, epsilon)
    if keras.backend.backend() == "torch" and _is_for_torch(inputs, epsilon):
        return _normalized_by_torch(inputs, scale, shift, epsilon)
    mean, variance = ops.moments(inputs, (0, 1, 2))
    outputs = ops.batch_normalization(
        inputs, mean, variance, -1, shift, scale, epsilon
    )
    return outputs, *(ops.stop_gradient(one) for one in (mean, variance))


def _normalized_by_tensorflow(
    inputs: Tensor, scale: Tensor, shift: Tensor, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    import tensorflow as tf

    none = tf.constant([], "float32")
    outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs,
        scale=scale,
        offset=shift,
        mean=none,
        variance=none,
        epsilon=epsilon,
        is_training=True,
    )
    count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), "float32")
    return outputs, mean, variance * (count - 1) / count


def _is_for_torch(inputs: Tensor, epsilon: float) -> bool:
    """It has no variance of one number, and takes no epsilon of zero."""
    return epsilon > 0 and math.prod(inputs.shape[:3]) > 1


def _normalized_by_torch(
    inputs: Tensor, scale: Tensor, shift: Tensor, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    import torch
    from torch.nn import functional

    # Running statistics that forget at once are those of the batch.
    mean, variance = (torch.zeros_like(shift.detach()) for _ in range(2))
    outputs = functional.batch_norm(
        inputs.permute(0, 3, 1, 2),
        mean,
        variance,
        scale,
        shift,
        training=True,
        momentum=1.0,
        eps=epsilon,
    )
    count = math.prod(inputs.shape[:3])
    return outputs.permute(0, 2, 3, 1), mean, variance * (count - 1) / count
