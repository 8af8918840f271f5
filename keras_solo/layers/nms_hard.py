"""Hard NMS: a mask goes if a better one that stays overlaps it too much."""

import numbers
from typing import Any

import keras
from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.layers.mask_overlap import mask_overlap
from keras_solo.layers.mask_rivals import mask_rivals


def hard_nms(
    masks: Tensor,
    labels: Tensor,
    scores: Tensor,
    iou_threshold: float = 0.5,
    class_agnostic: bool = False,
) -> Tensor:
    """Sets the score of each mask that a better one overlaps to 0.

    From the best score down, a mask stays unless its IoU with one that stays,
    of its class, is above the threshold. What stays keeps its score as it is,
    where `matrix_nms` lowers it.

    It is not done one mask after the other, but for all at once, until nothing
    changes: all stay at first; then those that nothing beats are right, in the
    next turn those that only these beat or spare, and so on. That takes as
    many turns as the longest chain of masks of which each beats the next, two
    or three in pictures, and gives the same.

    Args:
        masks: `(K, h, w)` or `(B, K, h, w)` binary masks, any numeric dtype.
        labels: `(K,)` or `(B, K)` integers; a negative label is an empty slot.
        scores: `(K,)` or `(B, K)` scores in [0, 1], in any order; of equal
            ones the first is better.
        iou_threshold: From 0 to 1.
        class_agnostic: Whether a mask is compared with those of all classes.

    Returns:
        float32 scores of the same shape and order, 0 in empty slots.

    Raises:
        ValueError: If the threshold is not between 0 and 1.

    Example:

    >>> import numpy as np
    >>> masks = np.ones((2, 4, 4), "uint8")
    >>> labels, scores = np.array([1, 2]), np.array([0.5, 0.75])
    >>> np.array(hard_nms(masks, labels, scores)).tolist()
    [0.5, 0.75]
    >>> np.array(hard_nms(masks, labels, scores, 0.5, True)).tolist()
    [0.0, 0.75]

    Source: greedy non-maximum suppression, as in `batched_nms` of Torchvision
    and of MMCV, with the IoU of masks in place of boxes.
    """
    *_, height, width = ops.shape(masks)
    pixels = ops.reshape(masks, (*ops.shape(masks)[:-2], height * width))
    overlap, areas = mask_overlap(pixels)
    return suppress_scores(
        overlap, areas, labels, scores, iou_threshold, class_agnostic
    )


def suppress_scores(
    overlap: Tensor,
    areas: Tensor,
    labels: Tensor,
    scores: Tensor,
    iou_threshold: float = 0.5,
    class_agnostic: bool = False,
) -> Tensor:
    """Hard NMS from pairwise overlaps, for callers that have them.

    Args:
        overlap: `(..., K, K)` float32 pixels that two masks share.
        areas: `(..., K)` float32 pixels of each mask.
        labels: `(..., K)` integers; a negative label is an empty slot.
        scores: `(..., K)` scores.
        iou_threshold: From 0 to 1.
        class_agnostic: Whether a mask is compared with those of all classes.

    Returns:
        float32 scores `(..., K)`.
    """
    checked_iou_threshold(iou_threshold)
    labels = ops.convert_to_tensor(labels)
    scores = ops.cast(scores, "float32")
    if scores.shape[-1] == 0:
        return scores
    iou, _ = mask_rivals(overlap, areas, labels, scores, class_agnostic)
    beats = ops.cast(iou > iou_threshold, "float32")
    kept = ops.ones_like(scores)
    _, kept, _ = ops.while_loop(
        _changes, _turn, (beats, kept, ops.any(beats > 0))
    )
    return ops.where(labels >= 0, scores * kept, 0.0)


# Loops get functions of the module, see `mask_overlap`.


def _changes(beats: Tensor, kept: Tensor, changed: Tensor) -> Tensor:
    return changed


def _turn(
    beats: Tensor, kept: Tensor, changed: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """What stays if exactly those count that stayed before."""
    beaten = ops.max(beats * ops.expand_dims(kept, -1), axis=-2)
    stays = 1.0 - beaten
    return beats, stays, ops.any(stays != kept)


def checked_iou_threshold(
    iou_threshold: float, name: str = "iou_threshold"
) -> float:
    """A threshold of IoU as a float.

    Raises:
        ValueError: If it is not a number from 0 to 1.
    """
    if not (
        isinstance(iou_threshold, numbers.Real) and 0 <= iou_threshold <= 1
    ):
        raise ValueError(
            f"Expected {name} to be a number from 0 to 1. "
            f"Received: {iou_threshold!r:.80}"
        )
    return float(iou_threshold)


@keras.saving.register_keras_serializable(package="keras_solo")
class HardNMS(keras.layers.Layer):
    """Layer over `hard_nms`.

    Args:
        iou_threshold: A mask goes if a better one that stays overlaps it by
            more than this, from 0 to 1.
        class_agnostic: Whether a mask is compared with those of all classes.

    Called with `masks` `(B, K, h, w)` binary, `labels` `(B, K)` (negative:
    empty slot) and `scores` `(B, K)`, or all of them without the batch
    dimension; returns float32 scores in the same order, 0 for what goes.

    Example:

    >>> import numpy as np
    >>> masks = np.ones((2, 4, 4), "uint8")
    >>> nms = HardNMS(iou_threshold=0.7)
    >>> np.array(nms(masks, np.array([1, 1]), np.array([0.5, 0.75]))).tolist()
    [0.0, 0.75]
    """

    def __init__(
        self,
        iou_threshold: float = 0.5,
        class_agnostic: bool = False,
        **kwargs: Any,
    ) -> None:
        # Scores and IoU are float32 whatever the policy; masks stay as given.
        super().__init__(autocast=False, **kwargs)
        self.iou_threshold: float = checked_iou_threshold(iou_threshold)
        self.class_agnostic: bool = bool(class_agnostic)

    def call(self, masks: Tensor, labels: Tensor, scores: Tensor) -> Tensor:
        return hard_nms(
            masks, labels, scores, self.iou_threshold, self.class_agnostic
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
                "iou_threshold": self.iou_threshold,
                "class_agnostic": self.class_agnostic,
            }
        )
        return config
