"""How a dataset's objects spread over pyramid levels and grid cells."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_solo.data.canvas_masks import mask_centers
from keras_solo.data.records import Record
from keras_solo.geometry import Letterbox, Levels, cells_of
from keras_solo.geometry.size import Size


@dataclasses.dataclass(frozen=True)
class LevelsReport:
    """What `suggest_levels` found. Print it.

    Args:
        levels: The levels that were looked at.
        image_size: (height, width) of the canvas in pixels.
        num_images: Images looked at.
        num_objects: Their objects, crowds left out.
        objects: Objects on each level. One object may be on several.
        collisions: Cells of each level that several objects of one image
            claim; by the reference's rule the later object gets the label.
        hidden: Objects that own no cell at all, since later ones took them.
        unassigned: Objects that no level answers for: their size is outside
            all ranges, or nothing of their mask is left on the canvas.
    """

    levels: Levels
    image_size: Size
    num_images: int
    num_objects: int
    objects: tuple[int, ...]
    collisions: tuple[int, ...]
    hidden: int
    unassigned: int

    def __str__(self) -> str:
        height, width = self.image_size
        lines = [
            f"{self.num_objects} objects in {self.num_images} images on a "
            f"canvas of {height} x {width} pixels",
            "level   grid   object size (px)   objects   cells in collision",
        ]
        levels = self.levels
        for index, name in enumerate(levels.names):
            low, high = levels.ranges[index]
            lines.append(
                f"{name:<5} {levels.grid_sizes[index]:>6}   "
                f"{f'{low:g} to {high:g}':<16} {self.objects[index]:>9}"
                f"   {self.collisions[index]:>18}"
            )
        lines.append(
            f"{self.unassigned} unassigned, {self.hidden} hidden: later "
            "objects own all their cells"
        )
        return "\n".join(lines)


def report_levels(
    records: Iterable[Record], image_size: Size, **options: Any
) -> LevelsReport:
    """Counts objects and collisions per level.

    Args:
        records: The images.
        image_size: (height, width) of the canvas, multiples of 32.
        **options: `grid_sizes`, `names`, ... of `Levels.for_canvas`.

    Returns:
        The report.
    """
    letterbox = Letterbox(image_size)
    levels = Levels.for_canvas(image_size, **options)
    objects = np.zeros(len(levels), np.int64)
    collisions = np.zeros(len(levels), np.int64)
    num_images = num_objects = hidden = unassigned = 0
    for record in records:
        found = _count(record, letterbox, levels)
        num_images += 1
        num_objects += len(record.instances)
        objects += found[0]
        collisions += found[1]
        hidden += found[2]
        unassigned += found[3]
    return LevelsReport(
        levels=levels,
        image_size=letterbox.image_size,
        num_images=num_images,
        num_objects=num_objects,
        objects=tuple(int(n) for n in objects),
        collisions=tuple(int(n) for n in collisions),
        hidden=hidden,
        unassigned=unassigned,
    )


def claimed_cells(
    box: np.ndarray,
    center: np.ndarray,
    image_size: Size,
    grid_size: int,
    center_sigma: float,
) -> list[tuple[int, int]]:
    """Cells (row, column) of one level that answer for an object.

    Args:
        box: xyxy, canvas pixels.
        center: (x, y), canvas pixels.
        image_size: (height, width) of the canvas in pixels.
        grid_size: S.
        center_sigma: The part of the box that counts as its centre.

    Returns:
        At most 3 x 3 cells around the centre's own cell.

    Source: `_get_targets_single` in MMDetection's `solov2_head.py`.
    """
    spans = []
    for axis, side in ((1, image_size[0]), (0, image_size[1])):
        half = 0.5 * center_sigma * (box[axis + 2] - box[axis])
        points = center[axis] + np.array([-half, 0.0, half])
        first, middle, last = cells_of(points, side, grid_size).tolist()
        spans.append(range(max(first, middle - 1), min(last, middle + 1) + 1))
    return [(row, column) for row in spans[0] for column in spans[1]]


def _count(
    record: Record, letterbox: Letterbox, levels: Levels
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Objects and collisions per level, hidden, unassigned of one image."""
    per_level = np.zeros((2, len(levels)), np.int64)
    masks = record.full_masks()
    if not len(masks):
        return per_level[0], per_level[1], 0, 0
    scale = np.array(letterbox.factors(record.original_size))
    centers = (mask_centers(masks) + 0.5) * scale - 0.5
    boxes = np.array([item.bbox for item in record.instances], np.float64)
    boxes = boxes * np.tile(scale, 2)
    sides = boxes[:, 2:] - boxes[:, :2]
    assigned = levels.of_sizes(np.sqrt(np.prod(sides, axis=1)))
    assigned &= np.reshape(masks.any(axis=(1, 2)), (-1, 1))
    owners: set[int] = set()
    for level, grid_size in enumerate(levels.grid_sizes):
        claims: Counter[tuple[int, int]] = Counter()
        owner = {}
        for index in np.flatnonzero(assigned[:, level]).tolist():
            cells = claimed_cells(
                boxes[index],
                centers[index],
                letterbox.image_size,
                grid_size,
                levels.center_sigma,
            )
            claims.update(cells)
            owner.update(dict.fromkeys(cells, index))
        owners.update(owner.values())
        per_level[0, level] = assigned[:, level].sum()
        per_level[1, level] = sum(count > 1 for count in claims.values())
    alive = int(assigned.any(axis=1).sum())
    return (
        per_level[0],
        per_level[1],
        alive - len(owners),
        len(masks) - alive,
    )
