"""Targets of the semantic head: which classes cover which pixels."""

from __future__ import annotations

from keras import ops

from keras_solo._tensor import Tensor


def semantic_targets(
    masks: Tensor, labels: Tensor, num_classes: int, factor: int = 2
) -> Tensor:
    """The union of the objects of each class, on fewer pixels.

    A pixel belongs to a class if the class's objects together cover at least
    half of it; to two, where objects of two overlap. (The reference gives a
    pixel to the smallest object alone, and takes one of four mask pixels for
    all of them, which may miss what is thin.)

    Objects are summed by one product of matrices, in the memory of one float
    for each pixel of the result and each object, a few times over.

    Args:
        masks: `(B, N, h, w)` in [0, 1] on the mask grid, h and w multiples of
            the factor.
        labels: `(B, N)` integers, negative for an empty slot.
        num_classes: C.
        factor: 2 for masks at stride 4, 4 at stride 2.

    Returns:
        Boolean `(B, h/factor, w/factor, C)`, at stride 8.

    Example:

    >>> import numpy as np
    >>> masks = np.float32([[[[1, 1, 1, 0], [1, 1, 0, 0]]]])
    >>> targets = semantic_targets(masks, np.array([[1]]), num_classes=2)
    >>> np.array(targets)[0, 0].tolist()  # four pixels of four, one of four
    [[False, True], [False, False]]

    Source: CondInst (arXiv:2003.05664), AdelaiDet's `mask_branch.py`.
    """
    steps = range(factor)
    parts = [masks[..., y::factor, x::factor] for y in steps for x in steps]
    covered = sum(ops.cast(part, "float32") / factor**2 for part in parts)
    classes = ops.arange(num_classes, dtype="int32")
    is_of = ops.cast(labels, "int32")[..., None] == classes
    of_class = ops.einsum("bnhw,bnc->bhwc", covered, ops.cast(is_of, "float32"))
    # As many quarters of soft masks as make a half may sum up to a bit less.
    return of_class >= 0.5 - 1e-4
