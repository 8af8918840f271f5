"""Targets of the grid cells: which object each cell answers for."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.geometry.claims import Claims, box_areas
from keras_solo.geometry.levels import Levels, as_levels
from keras_solo.layers.grid_boxes import grid_boxes

COLLISIONS = ("both", "smallest")


def encode_targets(
    targets: Mapping[str, Tensor],
    levels: Levels,
    collision: str = "both",
    max_pairs: int | None = None,
) -> dict[str, Tensor]:
    """Assigns objects to grid cells.

    An object lives on every level whose range holds the square root of its
    box's area. There the cell of its centre answers for it, and so do the
    neighbours (at most one step away) that the middle `center_sigma` of its
    box touches: see `Levels.claims`.

    Two objects may claim one cell. With `collision="both"` (the reference) the
    later object owns the cell's label, and both masks are trained on the
    cell's kernel; with `"smallest"` the object with the smaller box gets the
    cell alone (the earlier one, if they are equal).

    Args:
        targets: Dict of `"masks"` `(B, N, h, w)` in [0, 1] on the mask grid
            (stride: `levels.mask_stride`); `"labels"` `(B, N)` integers,
            negative for an empty slot; and, both or neither, `"boxes"`
            `(B, N, 4)` xyxy and `"centers"` `(B, N, 2)` x, y, canvas pixels.
            Without them boxes and centres are those of the masks on the mask
            grid, where position c means `4 c + 1.5` canvas pixels (`2 c + 0.5`
            at stride 2), and objects that vanish there are ignored.
        levels: `geometry.Levels`.
        collision: `"both"` or `"smallest"`.
        max_pairs: Capacity P of (cell, object) pairs for each image. By
            default what N objects can have at most, 27 each with the
            reference's levels.

    Returns:
        Dict of `"labels"` `(B, G)` int32, -1 for background; `"pair_cells"`
        and `"pair_instances"` `(B, P)` int32, the cell and the object of
        every mask to train, -1 padded at the end; `"dropped_pairs"` `(B,)`
        int32, the pairs beyond a smaller `max_pairs` (those of the last
        objects); `"owners"` `(B, G)`, the object whose label each cell has,
        -1 for none; and `"masks"` as given, `"object_labels"` `(B, N)`.

    Source: SOLO (arXiv:1912.04488) section 3.3; `_get_targets_single` in
    MMDetection 3.3's `solov2_head.py`.
    """
    masks = targets["masks"]
    boxes, centers, labels = _located(targets, levels.mask_stride)
    claims = levels.claims(
        *(boxes, centers, labels >= 0),
        _canvas_size(masks, levels.mask_stride),
        xp=ops,
    )
    areas = box_areas(boxes, ops) if collision == "smallest" else None
    owner = ops.concatenate(
        [level.owners(areas, ops) for level in claims], axis=-1
    )
    if max_pairs is None:
        max_pairs = ops.shape(labels)[1] * levels.max_cells_per_object
    return {
        "labels": _taken(owner, labels),
        "owners": owner,
        **_pairs(*_flat(claims, levels), owner, collision, max_pairs),
        "masks": masks,
        "object_labels": labels,
    }


def _canvas_size(masks: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """Integers; a tensor for what is known only when a graph runs."""
    height, width = ops.shape(masks)[-2:]
    if height is None or width is None:
        raise ValueError(
            "Targets need masks of a height and width that are known. "
            f"Received: masks of shape {tuple(masks.shape)}"
        )
    return height * stride, width * stride


def _located(
    targets: Mapping[str, Tensor], stride: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Boxes, centres, and labels with -1 for objects that have neither."""
    labels = ops.cast(targets["labels"], "int32")
    if ("boxes" in targets) != ("centers" in targets):
        raise ValueError(
            'Expected both "boxes" and "centers" among the targets, or '
            f"neither. Received: {sorted(targets)}"
        )
    if "boxes" in targets:
        boxes = ops.cast(targets["boxes"], "float32")
        return boxes, ops.cast(targets["centers"], "float32"), labels
    masks = ops.cast(targets["masks"], "float32")
    boxes = grid_boxes(ops.cast(masks >= 0.5, "float32"), stride=stride)
    found = boxes[..., 2] > boxes[..., 0]
    return boxes, _centers(masks, stride), ops.where(found, labels, -1)


def _centers(masks: Tensor, stride: int) -> Tensor:
    """`(B, N, 2)` x, y in canvas pixels of masks on the mask grid."""
    weight = ops.maximum(ops.sum(masks, axis=(-2, -1)), 1e-6)
    moments = [
        ops.sum(profile * ops.arange(profile.shape[-1], dtype="float32"), -1)
        for profile in (ops.sum(masks, axis=-2), ops.sum(masks, axis=-1))
    ]
    centers = ops.stack([moment / weight for moment in moments], axis=-1)
    return centers * stride + (stride - 1) / 2


def _taken(owner: Tensor, labels: Tensor) -> Tensor:
    """`(B, G)` the label of the object that owns each cell, or -1."""
    cell_labels = _gather(labels, ops.maximum(owner, 0))
    return ops.where(owner >= 0, cell_labels, -1)


def _flat(claims: list[Claims], levels: Levels) -> tuple[Tensor, Tensor]:
    """`(B, N, L * 9)` cells counted over all levels, and which are claimed."""
    cells, claimed = [], []
    for level, offset in zip(claims, levels.offsets, strict=True):
        cell, claim = level.cells(ops)
        cells.append(offset + cell)
        claimed.append(claim)
    flat = (*ops.shape(cells[0])[:2], len(claims) * 9)
    return (
        ops.reshape(ops.stack(cells, axis=2), flat),
        ops.reshape(ops.stack(claimed, axis=2), flat),
    )


def _pairs(
    cell: Tensor,
    claim: Tensor,
    owner: Tensor,
    collision: str,
    max_pairs: int,
) -> dict[str, Tensor]:
    """Moves the claims to the front of `max_pairs` static slots."""
    batch_size, count, per_object = ops.shape(claim)
    total = count * per_object
    claim = ops.reshape(claim, (batch_size, total))
    cell = ops.reshape(cell, (batch_size, total))
    index = ops.arange(total, dtype="int32")
    if collision == "smallest":
        safe = ops.clip(cell, 0, owner.shape[1] - 1)
        claim = claim & (_gather(owner, safe) == index // per_object)
    slots = ops.sort(ops.where(claim, index, total), axis=-1)[:, :max_pairs]
    filled = slots < total
    safe = ops.minimum(slots, total - 1)
    wanted = ops.sum(ops.cast(claim, "int32"), axis=-1)
    return {
        "pair_cells": ops.where(filled, _gather(cell, safe), -1),
        "pair_instances": ops.where(filled, safe // per_object, -1),
        "dropped_pairs": wanted - ops.sum(ops.cast(filled, "int32"), axis=-1),
    }


def _gather(values: Tensor, index: Tensor) -> Tensor:
    """`values[b, index[b, i]]`."""
    return ops.take_along_axis(values, index, axis=1)


@keras.saving.register_keras_serializable(package="keras_solo")
class SOLOv2TargetEncoder(keras.layers.Layer):
    """Layer over `encode_targets`: objects to cell targets.

    It runs on batches of NumPy arrays outside a model, and inside
    `SOLOv2.compute_loss`.

    Args:
        levels: `geometry.Levels` or its config. `None`: those of the model
            that gets this layer, which sets the attribute `levels`; the
            reference's as long as there is no model.
        collision: `"both"` or `"smallest"`: who gets a cell that two objects
            claim.
        max_pairs: Capacity of (cell, object) pairs for each image; by default
            all fit.

    Example:

    >>> import numpy as np
    >>> masks = np.zeros((1, 1, 80, 80), "uint8")
    >>> masks[0, 0, 10:14, 20:24] = 1
    >>> encoder = SOLOv2TargetEncoder()
    >>> encoded = encoder({"masks": masks, "labels": np.array([[7]])})
    >>> cells = np.flatnonzero(np.array(encoded["labels"])[0] == 7)
    >>> cells.tolist()  # rows 5 and 6, columns 10 and 11 of the 40 x 40 grid
    [210, 211, 250, 251]
    """

    def __init__(
        self,
        levels: Levels | dict[str, object] | None = None,
        collision: str = "both",
        max_pairs: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        if collision not in COLLISIONS:
            raise ValueError(
                f"Expected collision to be one of {COLLISIONS}. "
                f"Received: {collision!r}"
            )
        self.levels = as_levels(levels)
        self.collision = collision
        self.max_pairs = max_pairs

    def call(self, targets: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return encode_targets(
            targets, self.levels or Levels(), self.collision, self.max_pairs
        )

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        levels = None if self.levels is None else self.levels.get_config()
        config.update(
            {
                "levels": levels,
                "collision": self.collision,
                "max_pairs": self.max_pairs,
            }
        )
        return config
