"""Which masks are better ones of the same class, and how much they overlap."""

from keras import ops

from keras_solo._tensor import Tensor


def mask_rivals(
    overlap: Tensor,
    areas: Tensor,
    labels: Tensor,
    scores: Tensor,
    class_agnostic: bool = False,
) -> tuple[Tensor, Tensor]:
    """Compares each mask with the better ones of its class.

    "Better" is a higher score, or the same score and an earlier place: of two
    masks, one is always the better. Nothing is a rival that is empty or in an
    empty slot.

    Args:
        overlap: `(..., K, K)` float32 pixels that two masks share.
        areas: `(..., K)` float32 pixels of each mask.
        labels: `(..., K)` integers; a negative label is an empty slot.
        scores: `(..., K)` scores.
        class_agnostic: Whether masks of all classes are rivals.

    Returns:
        `(iou, rival)`, both `(..., K, K)`. Bool `rival[i, j]`: whether i is
        better than j and of its class; float32 `iou[i, j]`, 0 where it is not.

    Example:

    >>> import numpy as np
    >>> overlap, areas = np.float32([[2, 2], [2, 4]]), np.float32([2, 4])
    >>> labels, scores = np.array([0, 0]), np.array([0.5, 0.75])
    >>> iou, rival = mask_rivals(overlap, areas, labels, scores)
    >>> np.array(iou).tolist()
    [[0.0, 0.0], [0.5, 0.0]]
    """
    labels = ops.convert_to_tensor(labels)
    overlap, areas = map(ops.convert_to_tensor, (overlap, areas))
    first, second = _pairs(areas)
    union = first + second - overlap
    iou = overlap / ops.maximum(union, 1.0)
    first, second = _pairs(labels)
    if class_agnostic:
        meet = (first >= 0) & (second >= 0)
    else:
        meet = (first == second) & (first >= 0)
    rival = _outranks(scores) & meet
    return ops.where(rival, iou, 0.0), rival


def _outranks(scores: Tensor) -> Tensor:
    """`(..., K, K)` whether i comes before j by score, then by place."""
    scores = ops.convert_to_tensor(scores)
    first, second = _pairs(scores)
    earlier = ops.less(*_pairs(ops.arange(ops.shape(scores)[-1])))
    return (first > second) | ((first == second) & earlier)


def _pairs(values: Tensor) -> tuple[Tensor, Tensor]:
    """`(..., K, 1)` and `(..., 1, K)`; `...` in an index is not exported."""
    return ops.expand_dims(values, -1), ops.expand_dims(values, -2)
