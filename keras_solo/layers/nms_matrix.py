"""Matrix NMS: every score decays by its overlaps, in one matrix product."""

from typing import Any

import keras
from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.layers.mask_overlap import mask_overlap
from keras_solo.layers.mask_rivals import mask_rivals

KERNELS = ("gaussian", "linear")


def matrix_nms(
    masks: Tensor,
    labels: Tensor,
    scores: Tensor,
    kernel: str = "gaussian",
    sigma: float = 2.0,
    class_agnostic: bool = False,
) -> Tensor:
    """Decays the score of each mask by better masks of its class.

    With `iou[i, j]` between mask i and a worse mask j of the same class, and
    `worst[i]` the largest IoU of i with any better one:

        decay[j] = min over better i of f(iou[i, j]) / f(worst[i])
        gaussian: f(x) = exp(-sigma x^2)      linear: f(x) = 1 - x

    Nothing needs to be sorted: "better" is a higher score, or the same score
    and an earlier place. Masks are compared as they are given, so they are
    binary for the IoU of the paper.

    The reference returns NaN for an empty mask, and for exact duplicates with
    the linear kernel. Here an empty mask overlaps nothing, and the duplicate
    of a better mask decays to 0 under the linear kernel.

    Args:
        masks: `(K, h, w)` or `(B, K, h, w)` binary masks, any numeric dtype.
        labels: `(K,)` or `(B, K)` integers; a negative label is an empty slot.
        scores: `(K,)` or `(B, K)` scores in [0, 1], in any order.
        kernel: `"gaussian"` or `"linear"`.
        sigma: The steepness of the gaussian kernel.
        class_agnostic: Whether a mask is compared with those of all classes.

    Returns:
        float32 scores of the same shape and order, 0 in empty slots.

    Raises:
        ValueError: If there is no such kernel.

    Example:

    >>> import numpy as np
    >>> masks = np.ones((2, 4, 4), "uint8")
    >>> labels, scores = np.array([1, 1]), np.array([0.5, 0.75])
    >>> np.array(matrix_nms(masks, labels, scores, "linear")).tolist()
    [0.0, 0.75]

    Source: SOLOv2 (arXiv:2003.10152) section 3.3; `mask_matrix_nms` in
    MMDetection 3.3.
    """
    *_, height, width = ops.shape(masks)
    pixels = ops.reshape(masks, (*ops.shape(masks)[:-2], height * width))
    overlap, areas = mask_overlap(pixels)
    return decay_scores(
        overlap, areas, labels, scores, kernel, sigma, class_agnostic
    )


def decay_scores(
    overlap: Tensor,
    areas: Tensor,
    labels: Tensor,
    scores: Tensor,
    kernel: str = "gaussian",
    sigma: float = 2.0,
    class_agnostic: bool = False,
) -> Tensor:
    """Matrix NMS from pairwise overlaps, for callers that have them.

    Args:
        overlap: `(..., K, K)` float32 pixels that two masks share.
        areas: `(..., K)` float32 pixels of each mask.
        labels: `(..., K)` integers; a negative label is an empty slot.
        scores: `(..., K)` scores.
        kernel: `"gaussian"` or `"linear"`.
        sigma: The steepness of the gaussian kernel.
        class_agnostic: Whether a mask is compared with those of all classes.

    Returns:
        float32 scores `(..., K)`.
    """
    if kernel not in KERNELS:
        raise ValueError(
            f"Expected kernel to be one of {KERNELS}. Received: {kernel!r}"
        )
    labels = ops.convert_to_tensor(labels)
    scores = ops.cast(scores, "float32")
    if scores.shape[-1] == 0:
        return scores
    iou, rival = mask_rivals(overlap, areas, labels, scores, class_agnostic)
    worst = ops.expand_dims(ops.max(iou, axis=-2), -1)
    if kernel == "gaussian":
        decay = ops.exp(-sigma * (iou * iou - worst * worst))
    else:
        # worst is 1 for a duplicate; whatever it would suppress, the mask
        # that it duplicates suppresses as much.
        decay = ops.where(
            worst < 1.0, (1.0 - iou) / ops.maximum(1.0 - worst, 1e-7), 1.0
        )
    decay = ops.min(ops.where(rival, decay, 1.0), axis=-2)
    return ops.where(labels >= 0, scores * decay, 0.0)


@keras.saving.register_keras_serializable(package="keras_solo")
class MatrixNMS(keras.layers.Layer):
    """Layer over `matrix_nms`.

    Args:
        kernel: `"gaussian"` or `"linear"`.
        sigma: The steepness of the gaussian kernel.
        class_agnostic: Whether a mask is compared with those of all classes.

    Called with `masks` `(B, K, h, w)` binary, `labels` `(B, K)` (negative:
    empty slot) and `scores` `(B, K)`, or all of them without the batch
    dimension; returns the decayed float32 scores in the same order.

    Example:

    >>> import numpy as np
    >>> masks = np.ones((2, 4, 4), "uint8")
    >>> nms = MatrixNMS(kernel="linear")
    >>> np.array(nms(masks, np.array([1, 1]), np.array([0.5, 0.75]))).tolist()
    [0.0, 0.75]
    """

    def __init__(
        self,
        kernel: str = "gaussian",
        sigma: float = 2.0,
        class_agnostic: bool = False,
        **kwargs: Any,
    ) -> None:
        # Scores and IoU are float32 whatever the policy; masks stay as given.
        super().__init__(autocast=False, **kwargs)
        if kernel not in KERNELS:
            raise ValueError(
                f"Expected kernel to be one of {KERNELS}. Received: {kernel!r}"
            )
        self.kernel = kernel
        self.sigma = float(sigma)
        self.class_agnostic: bool = bool(class_agnostic)

    def call(self, masks: Tensor, labels: Tensor, scores: Tensor) -> Tensor:
        return matrix_nms(
            masks,
            labels,
            scores,
            self.kernel,
            self.sigma,
            self.class_agnostic,
        )

    def compute_output_spec(
        self,
        masks: keras.KerasTensor,
        labels: keras.KerasTensor,
        scores: keras.KerasTensor,
    ) -> keras.KerasTensor:
        return keras.KerasTensor(scores.shape, dtype="float32")

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        config.update(
            {
                "kernel": self.kernel,
                "sigma": self.sigma,
                "class_agnostic": self.class_agnostic,
            }
        )
        return config
