"""Batch normalisation as fast as each backend can."""

import keras
from keras import ops

from keras_solo._backend.batch_normalization import normalize_batch
from keras_solo._tensor import Tensor


@keras.saving.register_keras_serializable(package="keras_solo")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's batch normalisation, in the fastest form of each backend.

    Arguments, weights and results are those of
    `keras.layers.BatchNormalization`. A training step on maps takes a form
    that backends have by themselves; all else is left to Keras.

    Example:

    >>> import numpy as np
    >>> norm = BatchNormalization(epsilon=0.0)
    >>> maps = np.float32([1.0, 3.0]).reshape(1, 1, 2, 1)
    >>> keras.ops.convert_to_numpy(norm(maps, training=True)).ravel().tolist()
    [-1.0, 1.0]

    Source: Batch Normalization: Accelerating Deep Network Training by Reducing
    Internal Covariate Shift (arXiv:1502.03167).
    """

    def call(
        self,
        inputs: Tensor,
        training: bool | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        learns = training and self.trainable
        if not learns or mask is not None or not self._is_plain(inputs):
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance = normalize_batch(
            ops.cast(inputs, "float32"), self.gamma, self.beta, self.epsilon
        )
        rate = 1.0 - self.momentum
        for kept, new in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            kept.assign(kept * self.momentum + new * rate)
        return ops.cast(outputs, self.compute_dtype)

    def _is_plain(self, inputs: Tensor) -> bool:
        """Whether it has the form that backends have by themselves."""
        maps = len(inputs.shape) == 4 and self.axis in (-1, 3)
        both = self.scale and self.center
        special = self.synchronized or getattr(self, "renorm", False)
        single = keras.backend.standardize_dtype(self.variable_dtype)
        return maps and both and not special and single == "float32"
