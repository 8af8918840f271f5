"""Targets of the semantic head: which classes cover which pixels."""

from __future__ import annotations

from keras import ops

from keras_solo._tensor import Tensor


def semantic_targets(masks: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """The union of the objects of each class, at half the masks' size.

    A pixel belongs to a class if the class's objects together cover at least
    half of it; to two, where objects of two overlap. (The reference gives a
    pixel to the smallest object alone, and takes one of four mask pixels for
    all of them, which may miss what is thin.)

    Objects are summed by one product of matrices, in the memory of one float
    for each four pixels of their masks, a few times over.

    Args:
        masks: `(B, N, h, w)` in [0, 1] on the mask grid (stride 4), h and w
            even.
        labels: `(B, N)` integers, negative for an empty slot.
        num_classes: C.

    Returns:
        Boolean `(B, h/2, w/2, C)`, at stride 8.

    Example:

    >>> import numpy as np
    >>> masks = np.float32([[[[1, 1, 1, 0], [1, 1, 0, 0]]]])
    >>> targets = semantic_targets(masks, np.array([[1]]), num_classes=2)
    >>> np.array(targets)[0, 0].tolist()  # four pixels of four, one of four
    [[False, True], [False, False]]

    Source: CondInst (arXiv:2003.05664), AdelaiDet's `mask_branch.py`.
    """
    quarters = [masks[..., y::2, x::2] for y in (0, 1) for x in (0, 1)]
    covered = sum(0.25 * ops.cast(quarter, "float32") for quarter in quarters)
    classes = ops.arange(num_classes, dtype="int32")
    is_of = ops.cast(labels, "int32")[..., None] == classes
    of_class = ops.einsum("bnhw,bnc->bhwc", covered, ops.cast(is_of, "float32"))
    # As many quarters of soft masks as make a half may sum up to a bit less.
    return of_class >= 0.5 - 1e-4
