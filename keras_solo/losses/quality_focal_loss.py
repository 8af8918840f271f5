"""Focal loss whose labels say how good a cell's mask is."""

import keras
from keras import ops

from keras_solo._backend.replicas import sum_over_replicas
from keras_solo._tensor import Tensor


def quality_focal(
    labels: Tensor, quality: Tensor, logits: Tensor, beta: float = 2.0
) -> Tensor:
    """Quality focal loss of every cell and class, in float32.

        p = sigmoid(logits), y = quality * one_hot(labels)
        loss = |y - p|^beta (-y log(p) - (1 - y) log(1 - p))

    It is smallest at p = y: scores learn to say how good a mask is, so that
    of several masks of an object the best one comes first.

    Args:
        labels: `(..., G)` integers; negative for background.
        quality: `(..., G)` in [0, 1], of cells with an object.
        logits: `(..., G, C)` category logits.
        beta: How much cells fade that are nearly right.

    Returns:
        float32 `(..., G, C)`.

    Example:

    >>> import numpy as np
    >>> labels, quality = np.array([0]), np.float32([0.75])
    >>> for score in (0.5, 0.75, 0.9):
    ...     logits = np.log(np.float32([[score / (1 - score)]]))
    ...     print(round(float(quality_focal(labels, quality, logits)[0, 0]), 4))
    0.0433
    0.0
    0.0147

    Source: Generalized Focal Loss (arXiv:2006.04388) eq. 3, where the quality
    is the IoU of boxes.
    """
    logits = ops.cast(logits, "float32")
    classes = ops.arange(ops.shape(logits)[-1], dtype="int32")
    positive = ops.cast(labels, "int32")[..., None] == classes
    soft = ops.where(positive, ops.cast(quality, "float32")[..., None], 0.0)
    # -log(1 - p) = softplus(x) and -log p = softplus(x) - x.
    entropy = ops.softplus(logits) - soft * logits
    return ops.abs(soft - ops.sigmoid(logits)) ** beta * entropy


@keras.saving.register_keras_serializable(package="keras_solo")
class QualityFocalLoss(keras.losses.Loss):
    """The sum of `quality_focal`, divided by the positive cells plus one.

    As `SOLOv2.compile(category_loss=QualityFocalLoss())` it gets as a cell's
    quality the IoU of the mask that the cell's kernel predicts (above 0.5)
    with the mask of the object whose label the cell has; no gradient goes
    through it. Cells whose mask is not trained, since there were more pairs
    than `max_pairs`, keep the quality 1, a label as in `SigmoidFocalLoss`.

    Args:
        beta: How much cells fade that are nearly right.
        name: Of the loss.
        dtype: Of the result.

    Called with `y_true`, a dict of `"labels"` `(B, G)` integers, negative for
    background, and `"quality"` `(B, G)` in [0, 1]; and `y_pred` `(B, G, C)`
    logits. Returns a float32 scalar.

    Example:

    >>> import numpy as np
    >>> cells = {"labels": np.array([[-1]]), "quality": np.float32([[1]])}
    >>> round(float(QualityFocalLoss()(cells, np.array([[[0.0]]]))), 4)
    0.1733
    """

    # What `SOLOv2.compute_loss` looks for.
    takes_quality: bool = True

    def __init__(
        self,
        beta: float = 2.0,
        name: str = "quality_focal",
        dtype: str | keras.DTypePolicy = "float32",
    ) -> None:
        super().__init__(reduction="sum", name=name, dtype=dtype)
        self.beta = beta

    def call(self, y_true: dict[str, Tensor], y_pred: Tensor) -> Tensor:
        labels = y_true["labels"]
        values = quality_focal(labels, y_true["quality"], y_pred, self.beta)
        positives = ops.sum(ops.cast(labels >= 0, "float32"))
        return ops.sum(values) / (sum_over_replicas(positives) + 1.0)

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        config.pop("reduction")
        config.update({"beta": self.beta, "dtype": self.dtype})
        return config
