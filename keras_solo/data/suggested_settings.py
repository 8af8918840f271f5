"""Canvas, grids and ranges that fit a dataset, and what they gain."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from keras_solo._printable import counted
from keras_solo.data.levels_report import LevelsReport, report_objects
from keras_solo.data.object_table import CanvasObjects, ObjectTable
from keras_solo.geometry import MASK_STRIDE, Levels
from keras_solo.geometry.levels import REFERENCE_GRID_SIZES
from keras_solo.geometry.size import Size, round_up

Setting: TypeAlias = bool | int | float | str | None | list["Setting"]

# From few cells to many: at most 12,352, where the reference has 3872.
GRID_SIZES = (
    REFERENCE_GRID_SIZES,
    (48, 40, 32, 24, 16),
    (64, 48, 32, 24, 16),
    (80, 64, 32, 24, 16),
)
# The part of the objects that may be lost before more cells are proposed.
LOST = 0.01
# Of a median image: how many times as large a canvas may be.
SCALES = (0.5, 0.75, 1.0, 1.5, 2.0)
# The reference's canvas: none is larger, (short side, long side).
LARGEST = (800, 1344)
SHORTEST = 256
# Small: below this square root of the area, four cells of the mask grid.
SMALL, PART_SMALL = 4.0 * MASK_STRIDE, 0.05
# What a decoder has unless told otherwise, and at most.
DETECTIONS, MOST_DETECTIONS = 100, 2000
CANDIDATES_PER_DETECTION = 5


@dataclasses.dataclass(frozen=True)
class SuggestedSettings:
    """What `suggest_settings` proposes. Print it.

    Args:
        default: What levels as in the reference make of the objects.
        proposed: What the proposed levels make of them.
        small_objects: Objects of fewer than 256 pixels on the canvas.
        most_objects: The largest number of objects in an image, or on a tile.
        max_detections: For the decoder: at least as many.
    """

    default: LevelsReport
    proposed: LevelsReport
    small_objects: int
    most_objects: int
    max_detections: int

    @property
    def image_size(self) -> Size:
        """(height, width) of the proposed canvas in pixels."""
        return self.proposed.image_size

    @property
    def levels(self) -> Levels:
        """The proposed levels, `SOLOv2(levels=...)`."""
        return self.proposed.levels

    @property
    def max_candidates(self) -> int:
        """For the decoder: five for each detection, as in the reference."""
        return CANDIDATES_PER_DETECTION * self.max_detections

    def to_dict(self) -> dict[str, Setting]:
        """The proposal, as JSON can hold it."""
        levels = self.levels
        return {
            "image_size": list(self.image_size),
            "grid_sizes": list(levels.grid_sizes),
            "ranges": [
                [low, high if math.isfinite(high) else "inf"]
                for low, high in levels.ranges
            ],
            "max_detections": self.max_detections,
            "max_candidates": self.max_candidates,
            "lost": _lost(self.proposed),
            "lost_by_default": _lost(self.default),
        }

    def rows(self) -> list[tuple[str, str, str]]:
        """What differs: names, of the default and of the proposal."""
        pairs = [("", "default", "proposed")]
        for name, words in (
            ("grids", lambda one: _listed(one.levels.grid_sizes)),
            ("cells", lambda one: str(one.levels.num_cells)),
            ("object sizes up to (px)", lambda one: _ends(one.levels)),
            ("objects that no cell answers for", lambda one: str(_lost(one))),
            ("- hidden by later ones", lambda one: str(one.hidden)),
            ("- unassigned", lambda one: str(one.unassigned)),
            ("cells in collision", lambda one: str(sum(one.collisions))),
        ):
            pairs.append((name, words(self.default), words(self.proposed)))
        pairs.append(
            ("max_detections", str(DETECTIONS), str(self.max_detections))
        )
        return pairs

    def heading(self) -> str:
        """What was looked at."""
        height, width = self.image_size
        found = self.proposed
        return (
            f"{counted(found.num_objects, 'object')} in "
            f"{counted(found.num_images, 'image')} on a canvas of "
            f"{height} x {width} pixels,\n{self.small_objects} of them smaller "
            f"than {SMALL:g} x {SMALL:g} pixels there"
        )

    def __str__(self) -> str:
        rows = self.rows()
        columns = list(zip(*rows, strict=True))
        first, second, third = (max(map(len, column)) for column in columns)
        lines = [
            f"{name:<{first}}  {old:>{second}}  {new:>{third}}"
            for name, old, new in rows
        ]
        return "\n".join([self.heading(), *lines])


def suggest(
    table: ObjectTable,
    image_size: Size | None = None,
    pixel_scale: float | None = None,
) -> SuggestedSettings:
    """Tries a few canvases, grids and ranges, and keeps what loses least.

    - Canvas: the median height and width of the images, times 0.5, 0.75, 1,
      1.5 or 2, at least 256 x 256 and at most 800 x 1344 pixels. The smallest
      on which at most 5 % of the objects have fewer than 16 x 16 pixels, or
      the largest. With `pixel_scale` the median at that scale.
    - Grids: 40, 36, 24, 16, 12 (3872 cells), 48, 40, 32, 24, 16 (5760), 64,
      48, 32, 24, 16 (8256), 80, 64, 32, 24, 16 (12,352). The first with which
      at most 1 % of the objects are lost, hidden or unassigned, or the one
      with the fewest lost.
    - Ranges: those of `Levels.for_canvas`, or the finest level has the half
      of the objects, and each other reaches to twice the size, whichever
      loses fewer with these grids; in doubt the former.
    - `max_detections`: 100, or the most objects of an image (of a tile),
      rounded up to 50.

    Args:
        table: The objects.
        image_size: (height, width) of the canvas, if it is known.
        pixel_scale: Canvas pixels per pixel of the image, where training
            crops and tiles have the same for all images. Objects are then
            counted on tiles of the size of the canvas, side by side.

    Returns:
        The proposal; the same for the same objects.
    """
    size = image_size or _canvas(table, pixel_scale)
    objects = table.on_canvas(size, pixel_scale)
    reports = [
        report_objects(objects, size, levels)
        for levels in _candidates(objects, size)
    ]
    most = int(np.bincount(objects.image, minlength=1).max())
    return SuggestedSettings(
        default=reports[0],
        proposed=_best(reports),
        small_objects=_small(objects),
        most_objects=most,
        max_detections=min(
            max(DETECTIONS, round_up(most, 50)), MOST_DETECTIONS
        ),
    )


# === Levels ===


def _candidates(objects: CanvasObjects, size: Size) -> Iterator[Levels]:
    """All levels that are tried, those of few cells first."""
    sizes = objects.box_sizes
    half = float(np.ceil(np.median(sizes))) if len(sizes) else 0.0
    for grid_sizes in GRID_SIZES:
        yield Levels.for_canvas(size, grid_sizes)
        if half >= 1.0:
            yield _doubling(grid_sizes, half)


def _doubling(grid_sizes: tuple[int, ...], finest: float) -> Levels:
    """Levels of which the finest has objects up to a size, open at the ends."""
    ends = [finest * 2.0**level for level in range(len(grid_sizes) - 1)]
    ranges = zip(
        [0.0, *(end / 2.0 for end in ends)], [*ends, math.inf], strict=True
    )
    names = tuple(f"P{level + 2}" for level in range(len(grid_sizes)))
    return Levels(grid_sizes, tuple(ranges), names)


def _best(reports: list[LevelsReport]) -> LevelsReport:
    """The rule of `suggest`."""
    allowed = LOST * reports[0].num_objects
    enough = [one for one in reports if _lost(one) <= allowed]
    if enough:
        cells = enough[0].levels.num_cells
        reports = [one for one in enough if one.levels.num_cells == cells]
    return min(reports, key=_lost)


def _lost(report: LevelsReport) -> int:
    return report.hidden + report.unassigned


def _listed(numbers: tuple[int, ...]) -> str:
    return " ".join(map(str, numbers))


def _ends(levels: Levels) -> str:
    return " ".join(f"{high:.0f}" for _, high in levels.ranges)


# === Canvas ===


def _small(objects: CanvasObjects) -> int:
    return int((objects.areas < SMALL**2).sum())


def _canvas(table: ObjectTable, pixel_scale: float | None) -> Size:
    """The smallest canvas on which few objects are small."""
    sizes = np.array([one.size for one in table.images]).reshape(-1, 2)
    if not len(sizes):
        return (LARGEST[0], LARGEST[0])
    median = np.median(sizes, axis=0)
    if pixel_scale is not None:
        return _scaled(median, min(pixel_scale, _most(median)))
    scales = [scale for scale in SCALES if scale <= _most(median)]
    canvas = _scaled(median, min(SCALES[0], _most(median)))
    for scale in scales:
        canvas = _scaled(median, scale)
        objects = table.on_canvas(canvas)
        if _small(objects) <= PART_SMALL * len(objects.areas):
            break
    return canvas


def _most(sides: np.ndarray) -> float:
    """How many times as large the largest canvas is."""
    return float(min(LARGEST[0] / sides.min(), LARGEST[1] / sides.max()))


def _scaled(sides: np.ndarray, scale: float) -> Size:
    height, width = (
        max(SHORTEST, round_up(math.ceil(side * scale), 32)) for side in sides
    )
    return height, width
