"""Bilinear resizing in the fastest form of each backend."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from keras_solo._backend.device import is_on_cpu
from keras_solo._backend.own_gradient import with_gradient
from keras_solo._tensor import Tensor


def resample(features: Tensor, size: tuple[int, int]) -> Tensor:
    """Resizes maps bilinearly, with half-pixel centres.

    JAX resizes by matrix products, of matrices that are nearly empty: on a CPU
    this, which takes rows and columns, is many times as fast.

    Args:
        features: `(B, h, w, C)`.
        size: (H, W).

    Returns:
        Tensor `(B, H, W, C)`.
    """
    features = ops.convert_to_tensor(features)
    if keras.backend.backend() != "jax" or not is_on_cpu(features):
        return ops.image.resize(
            features,
            size,
            interpolation="bilinear",
            antialias=False,
            data_format="channels_last",
        )
    _, height, width, _ = features.shape
    rows, columns = _weights(height, size[0]), _weights(width, size[1])

    def resized(features: Tensor) -> list[Tensor]:
        return [_mixed(_mixed(features, rows, 1), columns, 2)]

    def pull(_: Sequence[Tensor], gradients: Sequence[Tensor]) -> list[Tensor]:
        return [_mixed(_mixed(gradients[0], rows.T, 1), columns.T, 2)]

    (outputs,) = with_gradient(resized, pull)(features)
    return outputs


def _weights(length: int, size: int) -> np.ndarray:
    """What each number of a row contributes to a longer or shorter one."""
    half = np.float32(0.5)
    step = np.float32(length) / np.float32(size)
    places = (np.arange(size, dtype="float32") + half) * step - half
    places = np.clip(places, 0, length - 1)
    low = places.astype(int)
    weights = np.zeros((size, length), "float32")
    rows = np.arange(size)
    weights[rows, np.minimum(low + 1, length - 1)] = places - low
    weights[rows, low] += 1 - (places - low)
    return weights


def _mixed(features: Tensor, weights: np.ndarray, axis: int) -> Tensor:
    """A matrix product along an axis, of what is not zero in the matrix."""
    most = np.count_nonzero(weights, axis=1).max()
    order = np.argsort(weights == 0, axis=1, kind="stable")[:, :most]
    shape = [-1 if number == axis else 1 for number in range(4)]
    total = None
    for index in order.T:
        weight = weights[np.arange(len(index)), index].reshape(shape)
        taken = ops.take(features, index, axis=axis)
        term = taken * ops.cast(weight, features.dtype)
        total = term if total is None else total + term
    return total
