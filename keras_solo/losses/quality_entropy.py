"""How far a predicted quality is from the measured one."""

from keras import ops

from keras_solo._tensor import Tensor


def quality_entropy(quality: Tensor, logits: Tensor) -> Tensor:
    """Binary cross entropy of a quality between 0 and 1, in float32.

        p = sigmoid(logits), loss = -q log(p) - (1 - q) log(1 - p)

    It is smallest at p = q, where it is the entropy of q and not 0.

    Args:
        quality: `(...)` in [0, 1]: the IoU of a mask with its object.
        logits: `(...)`, `"quality_logits"` of `SOLOv2Head(quality=True)`.

    Returns:
        float32 `(...)`.

    Example:

    >>> import numpy as np
    >>> quality = np.float32([0.75, 0.75, 0.75])
    >>> guess = np.float32([0.5, 0.75, 0.9])
    >>> loss = quality_entropy(quality, np.log(guess / (1 - guess)))
    >>> [round(float(value), 3) for value in loss]
    [0.693, 0.562, 0.655]

    Source: the idea is Mask Scoring R-CNN's (arXiv:1903.00241), which regresses
    the IoU by its squared error; the cross entropy is that of the IoU branch of
    IoU-aware RetinaNet (arXiv:1912.05992).
    """
    logits = ops.cast(logits, "float32")
    return ops.softplus(logits) - ops.cast(quality, "float32") * logits
