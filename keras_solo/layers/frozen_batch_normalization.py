"""Batch normalisation that keeps its statistics while it learns."""

import keras

from keras_solo._tensor import Tensor


@keras.saving.register_keras_serializable(package="keras_solo")
class FrozenBatchNormalization(keras.layers.BatchNormalization):
    """Normalises with its running statistics, also in training.

    Its scale and shift still learn (unless `trainable=False`). In Keras a
    `trainable=False` batch normalisation keeps its statistics too, but learns
    nothing; and `training=False` in a functional model is overridden by `fit`.

    Arguments are those of `keras.layers.BatchNormalization`.

    Example:

    >>> import numpy as np
    >>> norm = FrozenBatchNormalization(epsilon=0.0)
    >>> output = norm(np.float32([[1.0], [3.0]]), training=True)
    >>> keras.ops.convert_to_numpy(output).tolist()
    [[1.0], [3.0]]

    Source: `norm_eval=True` of MMDetection's ResNet.
    """

    def call(
        self,
        inputs: Tensor,
        training: bool | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        return super().call(inputs, training=False, mask=mask)
