"""What is known of each (cell, object) pair besides its mask loss."""

from __future__ import annotations

from collections.abc import Mapping

from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.layers.image_rows import image_rows
from keras_solo.losses.separation_loss import separation
from keras_solo.models.pair_loss import Measure

SEPARATION = "separation_loss"


def chosen_measures(
    asked: Mapping[str, bool],
    encoded: Mapping[str, Tensor],
    outputs: Mapping[str, Tensor],
) -> dict[str, Measure]:
    """What `measure_pairs` shall measure; nothing is computed unasked.

    Args:
        asked: Whether to measure `"quality"` and `"separation_loss"`.
        encoded: What `SOLOv2TargetEncoder` returns.
        outputs: What a SOLOv2 returns.

    Returns:
        Functions by name.
    """
    measures: dict[str, Measure] = {}
    if asked["quality"]:
        measures["quality"] = mask_iou
    if asked[SEPARATION]:
        measures[SEPARATION] = separation_from(
            encoded["masks"],
            encoded["object_labels"],
            outputs["category_logits"].shape[-1],
        )
    return measures


def mask_iou(masks: Tensor, logits: Tensor, _: Tensor) -> Tensor:
    """`(B, P)` IoU of true and predicted masks, both binary; no gradient.

    Args:
        masks: `(B, P, h, w)` true masks in [0, 1].
        logits: `(B, P, h, w)` mask logits.
        _: The objects; not needed.

    Returns:
        float32 `(B, P)`; 0 where both masks are empty.
    """
    true = ops.cast(masks, "float32") >= 0.5
    predicted = ops.stop_gradient(logits) > 0

    def count(pixels: Tensor) -> Tensor:
        return ops.sum(ops.cast(pixels, "float32"), axis=(-2, -1))

    return count(true & predicted) / ops.maximum(count(true | predicted), 1.0)


def separation_from(
    masks: Tensor, object_labels: Tensor, num_classes: int
) -> Measure:
    """The `separation` of pairs from the other objects of their class.

    What the other objects cover is what all of the class cover, less the
    object itself: one matrix product a step, `(B, C, h, w)` floats, however
    many objects and pairs there are.

    Args:
        masks: `(B, N, h, w)` true masks in [0, 1].
        object_labels: `(B, N)` integers, negative for an empty slot.
        num_classes: C.

    Returns:
        A function for `measure_pairs`.
    """
    batch, objects, height, width = ops.shape(masks)
    classes = ops.arange(num_classes, dtype="int32")
    members = object_labels[:, None] == classes[:, None]
    flat = ops.reshape(masks, (batch, objects, height * width))
    covered = ops.matmul(
        *(ops.cast(each, "float32") for each in (members, flat))
    )
    covered = ops.reshape(covered, (batch, num_classes, height, width))

    def measure(true: Tensor, logits: Tensor, instances: Tensor) -> Tensor:
        labels = ops.take_along_axis(object_labels, instances, axis=1)
        own = ops.cast(true, "float32")
        others = image_rows(covered, ops.maximum(labels, 0)) - own
        return separation(own, ops.clip(others, 0.0, 1.0), logits)

    return measure


def owned_pairs(encoded: Mapping[str, Tensor]) -> Tensor:
    """`(B, P)` whether a pair is that of its cell and the cell's owner.

    Args:
        encoded: What `SOLOv2TargetEncoder` returns.
    """
    cells = encoded["pair_cells"]
    owners = ops.take_along_axis(
        encoded["owners"], ops.maximum(cells, 0), axis=1
    )
    return (cells >= 0) & (owners == encoded["pair_instances"])


def quality_of_cells(iou: Tensor, encoded: Mapping[str, Tensor]) -> Tensor:
    """`(B, G)` the IoU of each cell's mask with the object of its label.

    Of a cell that several objects claim, the pair of its owner counts. Cells
    without a pair have 1.

    Args:
        iou: `(B, P)`.
        encoded: What `SOLOv2TargetEncoder` returns.

    Returns:
        float32 `(B, G)`, without a gradient.
    """
    place, owners = ops.maximum(encoded["pair_cells"], 0), encoded["owners"]
    counts = owned_pairs(encoded)
    batch, grid = ops.shape(owners)
    flat = place + grid * ops.arange(batch, dtype="int32")[:, None]
    # A cell has one owner, so each place gets one number, and zeros.
    missing = ops.segment_sum(
        ops.reshape(ops.where(counts, 1.0 - iou, 0.0), (-1,)),
        ops.reshape(flat, (-1,)),
        num_segments=batch * grid,
    )
    return ops.stop_gradient(1.0 - ops.reshape(missing, (batch, grid)))
