"""Dice loss whose pixels near the true mask's boundary weigh more."""

import keras
from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.losses.dice_loss import dice


def boundary_dice(
    masks: Tensor, logits: Tensor, width: int = 4, weight: float = 5.0
) -> Tensor:
    """`dice` with weights that grow towards the true mask's boundary.

        weights = 1 + weight |mean(t) - t|

    The mean is that of the `2 width + 1` pixels squared around each pixel, as
    far as they are on the canvas, whose edge is no boundary. At a straight
    edge it differs from the mask by almost a half, and from `width` pixels on,
    on either side, not at all. Thin parts and narrow gaps weigh more than
    straight edges. Soft masks are taken as they are.

    Args:
        masks: `(..., h, w)` true masks in [0, 1], any numeric dtype.
        logits: `(..., h, w)` mask logits.
        width: Pixels of the mask grid (4 canvas pixels each), from 1 on, that
            the weights reach on either side of the boundary.
        weight: How much more the boundary weighs; 0 is `dice`.

    Returns:
        float32 `(...)`, one number a mask, from 0 to 1.

    Example:

    >>> import numpy as np
    >>> masks = np.float32([[1, 1, 1, 0, 0, 0]])
    >>> far, near = masks.copy(), masks.copy()
    >>> far[0, 5] = near[0, 3] = 1  # two mistakes of one pixel
    >>> [
    ...     round(float(boundary_dice(masks, 99 * wrong - 50, width=1)), 2)
    ...     for wrong in (far, near)
    ... ]
    [0.1, 0.22]

    Source: the weights of F3Net (arXiv:1911.11445) section 3.3, which average
    31 x 31 pixels of images of 352 and have the weight 5; here on the mask
    grid, and for dice. That the IoU of large masks hardly sees their
    boundary: Boundary IoU (arXiv:2103.16562).
    """
    masks = ops.cast(masks, "float32")
    change = ops.abs(_averaged(masks, width) - masks)
    return dice(masks, logits, 1.0 + weight * change)


def _averaged(masks: Tensor, width: int) -> Tensor:
    """Means over squares, as two matrix products.

    On every backend's CPU they are faster than `average_pool`.
    """
    height, length = ops.shape(masks)[-2:]
    columns = ops.transpose(_averaging(length, width))
    return ops.matmul(_averaging(height, width), ops.matmul(masks, columns))


def _averaging(size: int | Tensor, width: int) -> Tensor:
    """`(size, size)` whose rows average the places near their own."""
    place = ops.arange(size, dtype="int32")
    near = ops.abs(place[:, None] - place[None]) <= width
    near = ops.cast(near, "float32")
    return near / ops.sum(near, axis=-1, keepdims=True)


@keras.saving.register_keras_serializable(package="keras_solo")
class BoundaryDiceLoss(keras.losses.Loss):
    """Loss over `boundary_dice`: masks and logits `(..., h, w)`.

    Args:
        width: Pixels of the mask grid that the weights reach on either side
            of a boundary, from 1 on.
        weight: How much more the boundary weighs; 0 is `DiceLoss`.
        reduction: What becomes of the numbers of the masks: `"none"` leaves
            one number a mask, as `SOLOv2.compile` wants it;
            `"sum_over_batch_size"` is their mean.
        name: Of the loss.
        dtype: Of the result.

    Example:

    >>> import numpy as np
    >>> masks = np.float32([[[1, 1], [0, 0]]])
    >>> BoundaryDiceLoss()(masks, 20 * masks - 10).shape == (1,)
    True

    In training: `model.compile(mask_loss=BoundaryDiceLoss())`.
    """

    def __init__(
        self,
        width: int = 4,
        weight: float = 5.0,
        reduction: str | None = "none",
        name: str = "boundary_dice",
        dtype: str | keras.DTypePolicy = "float32",
    ) -> None:
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        if width < 1 or weight < 0:
            raise ValueError(
                "Expected a width of at least 1 and a weight of at least 0. "
                f"Received: width={width}, weight={weight}"
            )
        self.width = width
        self.weight = weight

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return boundary_dice(y_true, y_pred, self.width, self.weight)

    def get_config(self) -> dict[str, object]:
        return {
            **super().get_config(),
            "width": self.width,
            "weight": self.weight,
            "dtype": self.dtype,
        }
