"""How a dataset's objects spread over pyramid levels and grid cells."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_solo.data.canvas_masks import mask_centers
from keras_solo.data.records import Record
from keras_solo.geometry import Letterbox, Levels
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
    levels_of_image = levels.claims(
        boxes, centers, masks.any(axis=(1, 2)), letterbox.image_size
    )
    assigned = np.stack([claims.lives for claims in levels_of_image])
    owners: set[int] = set()
    for level, claims in enumerate(levels_of_image):
        per_level[0, level] = claims.lives.sum()
        per_level[1, level] = (claims.members().sum(axis=0) > 1).sum()
        owners.update(claims.owners().tolist())
    alive = int(assigned.any(axis=0).sum())
    return (
        per_level[0],
        per_level[1],
        alive - len(owners - {-1}),
        len(masks) - alive,
    )
