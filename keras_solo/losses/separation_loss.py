"""How much of other objects a predicted mask claims."""

from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.losses.dice_loss import EPSILON, dice


def separation(masks: Tensor, others: Tensor, logits: Tensor) -> Tensor:
    """What a mask claims of other objects, beside its object's size.

        p = sigmoid(logits), claimed = sum(max(p - t, 0) others)
        loss = found claimed / (claimed + sum(t) + eps), eps = 1e-3

    0 where nothing is claimed, as for p = t, soft masks too. `found` is the
    dice coefficient of p and t, from 0 to 1, as a constant: a mask has to be
    on its object before it shall leave those of others. Without it, masks
    that begin at a half everywhere learn to claim nothing, neither theirs nor
    others'. As long as few pixels are claimed, each of them counts as much as
    in `dice`, so with equal weights a pixel of another object is twice as
    wrong as one of the background. Only the pixels of others have a gradient:
    growing elsewhere makes nothing better. All sums are float32.

    Args:
        masks: `(..., h, w)` true masks t in [0, 1], any numeric dtype.
        others: `(..., h, w)` what other objects cover, in [0, 1].
        logits: `(..., h, w)` mask logits.

    Returns:
        float32 `(...)`, one number a mask, from 0 to 1.

    Example:

    >>> import numpy as np
    >>> masks, others = np.float32([[1, 1, 0, 0]]), np.float32([[0, 0, 1, 1]])
    >>> claims_one = 99 * np.float32([[1, 1, 1, 0]]) - 50
    >>> round(float(separation(masks, others, claims_one)), 2)  # 4/5 of 1/3
    0.27

    Source: this project's own, of the family of repulsion losses (Repulsion
    Loss, arXiv:1711.07752, penalises boxes of people that reach into other
    people's).
    """
    predicted = ops.sigmoid(ops.cast(logits, "float32"))
    masks, others = (ops.cast(each, "float32") for each in (masks, others))
    excess = ops.maximum(predicted - masks, 0.0)
    claimed = ops.sum(excess * others, axis=(-2, -1))
    found = ops.stop_gradient(1.0 - dice(masks, logits))
    return found * claimed / (claimed + ops.sum(masks, (-2, -1)) + EPSILON)
