"""How a dataset's objects spread over pyramid levels and grid cells."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from keras_solo.data.object_table import CanvasObjects, ObjectTable
from keras_solo.data.records import Record
from keras_solo.geometry import Claims, Levels
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
    records: Iterable[Record],
    image_size: Size,
    pixel_scale: float | None = None,
    **options: Any,
) -> LevelsReport:
    """Counts objects and collisions per level.

    Args:
        records: The images.
        image_size: (height, width) of the canvas, multiples of 32.
        pixel_scale: As in `ObjectTable.on_canvas`.
        **options: `grid_sizes`, `names`, ... of `Levels.for_canvas`.

    Returns:
        The report.
    """
    levels = Levels.for_canvas(image_size, **options)
    objects = ObjectTable.of(records).on_canvas(image_size, pixel_scale)
    return report_objects(objects, image_size, levels)


def report_objects(
    objects: CanvasObjects, image_size: Size, levels: Levels
) -> LevelsReport:
    """As `report_levels`, of objects that were drawn before.

    Args:
        objects: Where they are on the canvas.
        image_size: (height, width) of the canvas.
        levels: Any levels.

    Returns:
        The report.
    """
    counts = count_objects(objects, image_size, levels)
    return LevelsReport(
        levels=levels,
        image_size=(int(image_size[0]), int(image_size[1])),
        num_images=objects.num_images,
        num_objects=len(objects.image),
        objects=counts.objects,
        collisions=counts.collisions,
        hidden=int(counts.hidden.sum()),
        unassigned=int(counts.unassigned.sum()),
    )


class LevelCounts(NamedTuple):
    """What levels make of objects.

    Args:
        objects: As in `LevelsReport`.
        collisions: As in `LevelsReport`.
        hidden: bool `(M,)`, which objects are.
        unassigned: bool `(M,)`, which objects are.
        sharing: bool `(M,)`, which objects claim a cell that another one of
            their image claims, too.
    """

    objects: tuple[int, ...]
    collisions: tuple[int, ...]
    hidden: np.ndarray
    unassigned: np.ndarray
    sharing: np.ndarray


def count_objects(
    objects: CanvasObjects, image_size: Size, levels: Levels
) -> LevelCounts:
    """Which objects live where, and which own no cell.

    Args:
        objects: Where they are on the canvas.
        image_size: (height, width) of the canvas.
        levels: Any levels.

    Returns:
        The counts, and which objects they are about.
    """
    alive = np.zeros(len(objects.image), bool)
    owns, sharing = alive.copy(), alive.copy()
    collisions = []
    all_claims = levels.claims(
        objects.boxes, objects.centers, objects.areas > 0, image_size
    )
    for claims in all_claims:
        alive |= claims.lives
        index, cell, owners = _claimed(claims, objects.image)
        owns[owners] = True
        shared = np.bincount(cell, minlength=len(owners)) > 1
        sharing[index[shared[cell]]] = True
        collisions.append(int(shared.sum()))
    return LevelCounts(
        tuple(int(claims.lives.sum()) for claims in all_claims),
        tuple(collisions),
        alive & ~owns,
        ~alive,
        sharing,
    )


def _claimed(
    claims: Claims, image: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who claims what on a level, of all images at once.

    What `Claims.members` and `Claims.owners` say, of claimed cells alone.

    Returns:
        An object and a number of a cell for each claim; and the last object
        of each of these cells.
    """
    cells, claimed = claims.cells()
    cells = cells + image[:, None, None] * claims.grid_size**2
    # Backwards, so that the first of a cell is its last object.
    index = np.nonzero(claimed)[0][::-1]
    _, first, cell = np.unique(
        cells[claimed][::-1], return_index=True, return_inverse=True
    )
    return index, cell.reshape(-1), index[first]
