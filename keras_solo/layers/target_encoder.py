"""Targets of the grid cells: which object each cell answers for."""

import keras
from keras import ops

from keras_solo.geometry.levels import Levels, cell_edges
from keras_solo.layers.extent import extent

COLLISIONS = ("both", "smallest")
MASK_STRIDE = 4


def encode_targets(targets, levels, collision="both", max_pairs=None):
    """Assigns objects to grid cells.

    An object lives on every level whose range holds the square root of its
    box's area. There the cell of its centre answers for it, and so do the
    neighbours (at most one step away) that the middle `center_sigma` of its
    box touches.

    Two objects may claim one cell. With `collision="both"` (the reference) the
    later object owns the cell's label, and both masks are trained on the
    cell's kernel; with `"smallest"` the object with the smaller box gets the
    cell alone (the earlier one, if they are equal).

    Args:
        targets: Dict of `"masks"` `(B, N, h, w)` in [0, 1] on the mask grid
            (stride 4); `"labels"` `(B, N)` integers, negative for an empty
            slot; and, both or neither, `"boxes"` `(B, N, 4)` xyxy and
            `"centers"` `(B, N, 2)` x, y, canvas pixels. Without them boxes
            and centres are those of the masks on the mask grid, where
            position c means `4 c + 1.5` canvas pixels, and objects that
            vanish there are ignored.
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
        objects); and `"masks"`, as given.

    Source: SOLO (arXiv:1912.04488) section 3.3; `_get_targets_single` in
    MMDetection 3.3's `solov2_head.py`.
    """
    masks, labels = targets["masks"], ops.cast(targets["labels"], "int32")
    height, width = masks.shape[-2:]
    if height is None or width is None:
        raise ValueError(
            "Targets need masks of a static height and width. "
            f"Received: masks of shape {tuple(masks.shape)}"
        )
    boxes, centers, labels = _located(targets, labels)
    canvas = (height * MASK_STRIDE, width * MASK_STRIDE)
    sides = boxes[..., 2:] - boxes[..., :2]
    areas = ops.maximum(sides[..., 0], 0.0) * ops.maximum(sides[..., 1], 0.0)
    sizes = ops.where(labels >= 0, ops.sqrt(areas), -1.0)
    half = 0.5 * sides * levels.center_sigma

    claims, cells, owners = [], [], []
    for level, offset in enumerate(levels.offsets):
        grid = levels.grid_sizes[level]
        low, high = levels.ranges[level]
        lives = (sizes >= low) & (sizes <= high) & (labels >= 0)
        columns = _span(centers[..., 0], half[..., 0], canvas[1], grid)
        rows = _span(centers[..., 1], half[..., 1], canvas[0], grid)
        member = lives[..., None, None] & (
            _inside(rows, grid)[..., :, None]
            & _inside(columns, grid)[..., None, :]
        )
        owners.append(_owner(member, areas, collision))
        row, row_claim = _neighbours(rows)
        column, column_claim = _neighbours(columns)
        claims.append(
            lives[..., None, None]
            & row_claim[..., :, None]
            & column_claim[..., None, :]
        )
        cells.append(offset + row[..., :, None] * grid + column[..., None, :])

    owner = ops.concatenate(owners, axis=-1)
    claim = ops.stack(claims, axis=2)
    cell = ops.stack(cells, axis=2)
    num_objects = ops.shape(labels)[1]
    if max_pairs is None:
        max_pairs = num_objects * levels.max_cells_per_object
    pairs = _pairs(claim, cell, owner, collision, max_pairs)
    cell_labels = _gather(labels, ops.maximum(owner, 0))
    cell_labels = ops.where(owner >= 0, cell_labels, -1)
    return {"labels": cell_labels, **pairs, "masks": masks}


def _located(targets, labels):
    """Boxes, centres, and labels with -1 for objects that have neither."""
    if ("boxes" in targets) != ("centers" in targets):
        raise ValueError(
            'Expected both "boxes" and "centers" among the targets, or '
            f"neither. Received: {sorted(targets)}"
        )
    if "boxes" in targets:
        boxes = ops.cast(targets["boxes"], "float32")
        return boxes, ops.cast(targets["centers"], "float32"), labels
    masks = ops.cast(targets["masks"], "float32")
    columns, rows = ops.max(masks, axis=-2), ops.max(masks, axis=-1)
    weight = ops.sum(masks, axis=(-2, -1))
    left, right = extent(columns >= 0.5)
    top, bottom = extent(rows >= 0.5)
    boxes = MASK_STRIDE * ops.stack([left, top, right, bottom], axis=-1)
    x = _first_moment(ops.sum(masks, axis=-2), weight)
    y = _first_moment(ops.sum(masks, axis=-1), weight)
    centers = ops.stack([x, y], axis=-1) * MASK_STRIDE + 1.5
    found = (right > left) & (bottom > top)
    return boxes, centers, ops.where(found, labels, -1)


def _first_moment(profile, weight):
    index = ops.arange(profile.shape[-1], dtype="float32")
    return ops.sum(profile * index, axis=-1) / ops.maximum(weight, 1e-6)


def _span(center, half, side, grid):
    """Centre cell, first cell and last cell `(B, N)` along one axis."""
    edges = ops.convert_to_tensor(cell_edges(side, grid))

    def cell(coordinate):
        return ops.sum(
            ops.cast(coordinate[..., None] >= edges, "int32"), axis=-1
        )

    middle = cell(center)
    first = ops.maximum(cell(center - half), middle - 1)
    return middle, first, ops.minimum(cell(center + half), middle + 1)


def _inside(span, grid):
    """`(B, N, S)` whether a row or column is in the span."""
    _, first, last = span
    index = ops.arange(grid, dtype="int32")
    return (index >= first[..., None]) & (index <= last[..., None])


def _neighbours(span):
    """The middle cell and its neighbours `(B, N, 3)`, and which are in."""
    middle, first, last = span
    index = middle[..., None] + ops.arange(-1, 2, dtype="int32")
    return index, (index >= first[..., None]) & (index <= last[..., None])


def _owner(member, areas, collision):
    """`(B, S * S)` the object whose label a cell carries, -1 for none."""
    batch_size, count, rows, columns = ops.shape(member)
    member = ops.reshape(member, (batch_size, count, rows * columns))
    index = ops.arange(count, dtype="int32")[None, :, None]
    if collision == "both":
        return ops.max(ops.where(member, index, -1), axis=1)
    contenders = ops.where(member, areas[..., None], float("inf"))
    smallest = ops.cast(ops.argmin(contenders, axis=1), "int32")
    return ops.where(ops.any(member, axis=1), smallest, -1)


def _pairs(claim, cell, owner, collision, max_pairs):
    """Moves the claims to the front of `max_pairs` static slots."""
    batch_size, count = ops.shape(claim)[:2]
    per_object = claim.shape[2] * 9
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


def _gather(values, index):
    """`values[b, index[b, i]]`."""
    return ops.take_along_axis(values, index, axis=1)


@keras.saving.register_keras_serializable(package="keras_solo")
class SOLOv2TargetEncoder(keras.layers.Layer):
    """Layer over `encode_targets`: objects to cell targets.

    It runs on batches of NumPy arrays outside a model, and inside
    `SOLOv2.compute_loss`.

    Args:
        levels: `geometry.Levels` or its config; the reference's by default.
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

    def __init__(self, levels=None, collision="both", max_pairs=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        if isinstance(levels, dict):
            levels = Levels.from_config(levels)
        if collision not in COLLISIONS:
            raise ValueError(
                f"Expected collision to be one of {COLLISIONS}. "
                f"Received: {collision!r}"
            )
        self.levels = levels or Levels()
        self.collision = collision
        self.max_pairs = max_pairs

    def call(self, targets):
        return encode_targets(
            targets, self.levels, self.collision, self.max_pairs
        )

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "levels": self.levels.get_config(),
                "collision": self.collision,
                "max_pairs": self.max_pairs,
            }
        )
        return config
