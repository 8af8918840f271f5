"""How far the places that channels look at are from those of a teacher."""

import keras
from keras import ops

from keras_solo._tensor import Tensor


def channel_divergence(
    teacher: Tensor, student: Tensor, temperature: float = 1.0
) -> Tensor:
    """The divergence of each channel from a teacher's, as a map of places.

        t, s = softmax over the h w places of teacher / T and of student / T
        loss = T^2 sum(t log(t / s))

    A channel becomes a distribution over places: what is learned is where it
    is high, and not its offset. 0 where both are equal up to a constant. All
    sums are float32.

    Args:
        teacher: `(B, h, w, F)` features to learn from, any float dtype.
        student: `(B, h, w, F)` features that learn.
        temperature: T. The higher, the more the low places count.

    Returns:
        float32 `(B, F)`, one number a channel, 0 or more.

    Raises:
        ValueError: If their shapes differ.

    Example:

    >>> import numpy as np
    >>> teacher = np.log(np.float32([3, 1])).reshape(1, 1, 2, 1)
    >>> student = np.zeros((1, 1, 2, 1), "float32")
    >>> round(float(channel_divergence(teacher, student)[0, 0]), 3)
    0.131

    Source: Channel-wise knowledge distillation for dense prediction
    (arXiv:2011.13256), eq. 5.
    """
    if tuple(teacher.shape)[1:] != tuple(student.shape)[1:]:
        raise ValueError(
            "Expected features of a teacher and a student of one shape. "
            f"Received: teacher {tuple(teacher.shape)}, student "
            f"{tuple(student.shape)}"
        )
    wanted = _log_places(teacher, temperature)
    found = _log_places(student, temperature)
    divergence = ops.sum(ops.exp(wanted) * (wanted - found), axis=1)
    return temperature**2 * divergence


def _log_places(features: Tensor, temperature: float) -> Tensor:
    """Log probabilities `(B, h w, F)` of places."""
    _, height, width, channels = features.shape
    flat = ops.reshape(features, (-1, height * width, channels))
    return ops.log_softmax(ops.cast(flat, "float32") / temperature, axis=1)


@keras.saving.register_keras_serializable(package="keras_solo")
class ChannelDivergence(keras.losses.Loss):
    """Loss over `channel_divergence`: `y_true` teacher, `y_pred` student.

    Args:
        temperature: The higher, the more the low places count.
        reduction: What becomes of the numbers of the channels:
            `"sum_over_batch_size"` is their mean.
        name: Of the loss.
        dtype: Of the result.

    Example:

    >>> import numpy as np
    >>> features = np.ones((1, 2, 2, 3), "float32")
    >>> float(ChannelDivergence(temperature=2.0)(features, features + 1))
    0.0
    """

    def __init__(
        self,
        temperature: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str = "channel_divergence",
        dtype: str | keras.DTypePolicy = "float32",
    ) -> None:
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        if not temperature > 0:
            raise ValueError(
                "Expected a temperature above 0. "
                f"Received: temperature={temperature}"
            )
        self.temperature = temperature

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return channel_divergence(y_true, y_pred, self.temperature)

    def get_config(self) -> dict[str, object]:
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "dtype": self.dtype,
        }
