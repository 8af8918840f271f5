"""The loss of the semantic head."""

from __future__ import annotations

from keras import ops

from keras_solo._backend.replicas import sum_over_replicas
from keras_solo._tensor import Tensor
from keras_solo.losses.focal_loss import multilabel_focal


def semantic_focal(
    targets: Tensor, logits: Tensor, alpha: float = 0.25, gamma: float = 2.0
) -> Tensor:
    """The focal loss of pixels and classes, divided by the positives plus one.

    The positives are those of the whole batch, as in `SigmoidFocalLoss`.

    Args:
        targets: Boolean `(B, h, w, C)`, of `layers.semantic_targets`.
        logits: `(B, h, w, C)`, of `layers.SemanticHead`.
        alpha: Weight of the positives.
        gamma: How much easy examples fade.

    Returns:
        float32 scalar.

    Raises:
        ValueError: If their shapes differ.

    Example:

    >>> import numpy as np
    >>> nowhere = np.zeros((1, 1, 1, 1), bool)
    >>> round(float(semantic_focal(nowhere, np.float32([[[[0.0]]]]))), 4)
    0.13

    Source: CondInst (arXiv:2003.05664), AdelaiDet's `mask_branch.py`.
    """
    if tuple(targets.shape)[1:] != tuple(logits.shape)[1:]:
        raise ValueError(
            "Expected logits of the targets' shape, one for each 2 x 2 pixels "
            f"of the masks. Received: targets {tuple(targets.shape)}, logits "
            f"{tuple(logits.shape)}"
        )
    values = multilabel_focal(targets, logits, alpha, gamma)
    positives = ops.sum(ops.cast(targets, "float32"))
    return ops.sum(values) / (sum_over_replicas(positives) + 1.0)
