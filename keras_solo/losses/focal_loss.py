"""Sigmoid focal loss on logits, with integer labels."""

import keras
from keras import ops

from keras_solo._backend.replicas import sum_over_replicas
from keras_solo._tensor import Tensor


def sigmoid_focal(
    labels: Tensor, logits: Tensor, alpha: float = 0.25, gamma: float = 2.0
) -> Tensor:
    """Focal loss of every cell and class, in float32.

        p = sigmoid(logits), t = one_hot(labels)
        t = 1: -alpha (1 - p)^gamma log(p)
        t = 0: -(1 - alpha) p^gamma log(1 - p)

    Args:
        labels: `(..., G)` integers; negative for background, which is no
            class.
        logits: `(..., G, C)` category logits.
        alpha: Weight of the positives.
        gamma: How much easy examples fade.

    Returns:
        float32 `(..., G, C)`.

    Example:

    >>> import numpy as np
    >>> values = sigmoid_focal(np.array([1]), np.float32([[-9, 9]]))
    >>> np.array(values).round(3).tolist()  # both classes are right
    [[0.0, 0.0]]

    Source: Focal loss (arXiv:1708.02002); `FocalLoss` in MMDetection 3.3.
    """
    classes = ops.arange(ops.shape(logits)[-1], dtype="int32")
    positive = ops.cast(labels, "int32")[..., None] == classes
    return multilabel_focal(positive, logits, alpha, gamma)


def multilabel_focal(
    positive: Tensor, logits: Tensor, alpha: float = 0.25, gamma: float = 2.0
) -> Tensor:
    """`sigmoid_focal` where any number of classes may be right.

    Args:
        positive: Boolean `(..., C)`: which classes are right.
        logits: `(..., C)` category logits.
        alpha: Weight of the positives.
        gamma: How much easy examples fade.

    Returns:
        float32 `(..., C)`.

    Example:

    >>> import numpy as np
    >>> values = multilabel_focal(np.array([True, True]), np.float32([9, 9]))
    >>> np.array(values).round(3).tolist()
    [0.0, 0.0]
    """
    logits = ops.cast(logits, "float32")
    # log p = -softplus(-x) and log(1 - p) = -softplus(x) never overflow.
    signed = ops.where(positive, -logits, logits)
    weight = ops.where(positive, alpha, 1.0 - alpha)
    return weight * ops.sigmoid(signed) ** gamma * ops.softplus(signed)


@keras.saving.register_keras_serializable(package="keras_solo")
class SigmoidFocalLoss(keras.losses.Loss):
    """The sum of `sigmoid_focal`, divided by the positive cells plus one.

    The normaliser counts the positive cells of the whole batch, so that a
    batch without objects has a loss, and a finite one.

    Args:
        alpha: Weight of the positives.
        gamma: How much easy examples fade.
        name: Of the loss.
        dtype: Of the result.

    Called with `y_true` `(B, G)` integer labels, negative for background, and
    `y_pred` `(B, G, C)` logits; returns a float32 scalar.

    Example:

    >>> import numpy as np
    >>> loss = SigmoidFocalLoss()
    >>> round(float(loss(np.array([[-1]]), np.array([[[0.0]]]))), 4)
    0.13
    """

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        name: str = "sigmoid_focal",
        dtype: str | keras.DTypePolicy = "float32",
    ) -> None:
        super().__init__(reduction="sum", name=name, dtype=dtype)
        self.alpha = alpha
        self.gamma = gamma

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        values = sigmoid_focal(y_true, y_pred, self.alpha, self.gamma)
        positives = ops.sum(ops.cast(y_true >= 0, "float32"))
        return ops.sum(values) / (sum_over_replicas(positives) + 1.0)

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        config.pop("reduction")
        config.update(
            {"alpha": self.alpha, "gamma": self.gamma, "dtype": self.dtype}
        )
        return config
