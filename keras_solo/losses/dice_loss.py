"""Dice loss with squared denominators, as SOLO uses it."""

import keras
from keras import ops

from keras_solo._tensor import Tensor

EPSILON = 1e-3


def dice(
    masks: Tensor, logits: Tensor, weights: Tensor | None = None
) -> Tensor:
    """How far predicted masks are from true ones, each mask by itself.

        p = sigmoid(logits)
        loss = 1 - 2 sum(p t) / (sum(p^2) + eps + sum(t^2) + eps), eps = 1e-3

    Sums run over the pixels of a mask, in float32 whatever the inputs are:
    they exceed what half precision can count. With soft masks the loss is
    smallest where p = t. (Keras's own `Dice` has plain sums below the line.)

    Args:
        masks: `(..., h, w)` true masks in [0, 1], any numeric dtype.
        logits: `(..., h, w)` mask logits.
        weights: `(..., h, w)` how often each pixel counts in all
            three sums; once by default.

    Returns:
        float32 `(...)`, one number a mask, from 0 to 1.

    Example:

    >>> import numpy as np
    >>> masks = np.float32([[1, 1], [0, 0]])
    >>> round(float(dice(masks, np.zeros((2, 2)))), 3)
    0.334

    Source: SOLO (arXiv:1912.04488) eq. 4; `DiceLoss(use_sigmoid=True)` in
    MMDetection 3.3.
    """
    predicted = ops.sigmoid(ops.cast(logits, "float32"))
    masks = ops.cast(masks, "float32")

    def total(product: Tensor) -> Tensor:
        if weights is not None:
            product = ops.multiply(weights, product)
        return ops.sum(product, axis=(-2, -1))

    return 1.0 - 2.0 * total(predicted * masks) / (
        total(predicted * predicted) + total(masks * masks) + 2.0 * EPSILON
    )


@keras.saving.register_keras_serializable(package="keras_solo")
class DiceLoss(keras.losses.Loss):
    """Loss over `dice`: `y_true` masks, `y_pred` logits, `(..., h, w)`.

    Args:
        reduction: What becomes of the numbers of the masks:
            `"sum_over_batch_size"` is their mean, `"none"` leaves one number
            a mask, as `SOLOv2.compile` wants it.
        name: Of the loss.
        dtype: Of the result.

    Example:

    >>> import numpy as np
    >>> masks = np.float32([[[1, 1], [0, 0]]])
    >>> float(DiceLoss()(masks, 20 * masks - 10)) < 1e-3
    True
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "dice",
        dtype: str | keras.DTypePolicy = "float32",
    ) -> None:
        super().__init__(reduction=reduction, name=name, dtype=dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return dice(y_true, y_pred)

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "dtype": self.dtype}
