"""From masks on the mask grid to boxes on the canvas."""

from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.geometry import MASK_STRIDE


def grid_boxes(
    masks: Tensor, threshold: float = 0.5, stride: int = MASK_STRIDE
) -> Tensor:
    """Tight boxes around masks on the mask grid.

    Args:
        masks: `(..., h, w)` probabilities.
        threshold: Pixels above it belong to the mask.
        stride: Of the mask grid, canvas pixels.

    Returns:
        float32 `(..., 4)` xyxy in canvas pixels; zeros for an empty mask.
    """
    # The largest value of a column tells whether any of it is inside.
    left, right = _ends(ops.max(masks, axis=-2) > threshold)
    top, bottom = _ends(ops.max(masks, axis=-1) > threshold)
    boxes = ops.stack([left, top, right, bottom], axis=-1)
    return stride * ops.where(ops.expand_dims(right > left, -1), boxes, 0.0)


def _ends(hit: Tensor) -> tuple[Tensor, Tensor]:
    """First index that is set and the one after the last, of `(..., n)`."""
    index = ops.cast(ops.arange(ops.shape(hit)[-1]), "float32")
    first = ops.min(ops.where(hit, index, 1e9), axis=-1)
    return first, ops.max(ops.where(hit, index + 1.0, 0.0), axis=-1)
