"""The target assignment: which cell, at which level, answers for what."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from keras_solo.geometry.size import Size
from keras_solo.visualization.colors import (
    instance_colors,
    lighter,
    readable_on,
)
from keras_solo.visualization.painting import fill, outline, rounded_plate
from keras_solo.visualization.picture import Picture, rgb_array
from keras_solo.visualization.text import draw_text, text_extent

PAGE = (22, 24, 29)
BRIGHT = (240, 240, 240)
QUIET = (165, 170, 180)
LABEL_SIZE = 14.0
MOST_NAMES = 30

Level: TypeAlias = Mapping[str, object]
"""A level as `draw_targets` takes it."""


@dataclasses.dataclass(frozen=True)
class _Pairs:
    """A level and its pairs of a cell and an instance, checked."""

    name: str
    grid_size: int
    limits: tuple[float, float]
    cells: np.ndarray
    instances: np.ndarray


def draw_targets(
    image: npt.ArrayLike,
    masks: npt.ArrayLike,
    labels: npt.ArrayLike,
    levels: Sequence[Level],
    class_names: Sequence[str] | None = None,
    panel_width: int = 640,
    columns: int | None = None,
) -> Picture:
    """Draws which grid cells of which level are trained on which object.

    The first panel shows all objects. Then each level has a panel: the image
    dimmed, the level's grid, the objects it answers for in colour, and a dot
    in each positive cell, in the colour of its object. A cell that several
    objects claim shows a ring for each further one; the dot in the middle is
    the last object's, whose class the cell learns.

    Args:
        image: `(H, W, 3)` RGB, 0 to 255: the canvas.
        masks: `(n, h, w)`, set above 0.5, on any grid over the canvas.
        labels: `(n,)` integers, 0-based classes; -1 for an empty slot.
        levels: For each level a dict with its `"name"`, its `"grid_size"` S,
            its `"range"` (smallest, largest object size in canvas pixels),
            and its pairs: `"cells"` `(p,)`, row by row within the level, and
            `"instances"` `(p,)`, which mask each cell is trained on.
        class_names: Names of all classes.
        panel_width: Width of a panel in pixels.
        columns: Panels in a row.

    Returns:
        A `Picture`.

    Example:

    >>> image = np.zeros((64, 64, 3), np.uint8)
    >>> masks = np.zeros((1, 16, 16))
    >>> masks[0, 4:12, 4:12] = 1
    >>> level = {"name": "P2", "grid_size": 4, "range": (0, 64)}
    >>> level |= {"cells": [5, 6, 9, 10], "instances": [0, 0, 0, 0]}
    >>> draw_targets(image, masks, [0], [level])
    Picture(704 x 1328)

    Source of the idea: the SOLOv2 tutorial of FastEstimator.
    """
    image = rgb_array(image)
    labels = np.asarray(labels, np.int64).reshape(-1)
    masks = np.asarray(masks, np.float32)
    if masks.ndim != 3 or len(masks) != len(labels):
        raise ValueError(
            "Expected masks of shape (n, h, w), one a label. "
            f"Received: masks of shape {masks.shape}, {len(labels)} labels"
        )
    pairs = [_checked_level(level, len(labels)) for level in levels]
    height = max(1, round(panel_width * image.shape[0] / image.shape[1]))
    image = _resized(image, (height, panel_width))
    shapes = [_resized(mask, (height, panel_width)) > 0.5 for mask in masks]
    # Neighbours of one class must differ, so the colour is the object's own.
    colors = instance_colors(np.arange(len(labels)))

    panels = [_overview(image, shapes, labels, colors, pairs, class_names)]
    panels += [_level_panel(image, shapes, colors, level) for level in pairs]
    return Picture(_page(panels, columns))


def _checked_level(level: Level, count: int) -> _Pairs:
    pairs = _Pairs(
        name=str(level["name"]),
        grid_size=int(level["grid_size"]),  # type: ignore[call-overload]
        limits=tuple(level["range"]),  # type: ignore[arg-type]
        cells=np.asarray(level["cells"], np.int64).reshape(-1),
        instances=np.asarray(level["instances"], np.int64).reshape(-1),
    )
    cells, instances = pairs.cells, pairs.instances
    cell_count = pairs.grid_size**2
    fits = len(cells) == len(instances)
    if fits and len(cells):
        fits = 0 <= cells.min() and cells.max() < cell_count
        fits = fits and 0 <= instances.min() and instances.max() < count
    if not fits:
        raise ValueError(
            f"Expected pairs of a cell below {cell_count} and an instance "
            f"below {count} at level {pairs.name}. Received: "
            f"cells={cells.tolist()}, instances={instances.tolist()}"
        )
    return pairs


# === Panels ===


def _overview(
    image: np.ndarray,
    shapes: Sequence[np.ndarray],
    labels: np.ndarray,
    colors: np.ndarray,
    levels: Sequence[_Pairs],
    class_names: Sequence[str] | None,
) -> np.ndarray:
    """All objects with their names, and how many no level answers for."""
    panel = image.copy()
    objects = np.flatnonzero(labels >= 0).tolist()
    for i in sorted(objects, key=lambda i: -np.count_nonzero(shapes[i])):
        fill(panel, shapes[i], colors[i], 0.45)
        outline(panel, shapes[i], lighter(colors[i]), 1)
    # Of many objects of one class names hide more than they tell.
    crowd = len(objects) > MOST_NAMES and len(set(labels[objects])) == 1
    for i in objects if not crowd else ():
        name = str(labels[i]) if class_names is None else class_names[labels[i]]
        _draw_name(panel, shapes[i], name, colors[i])
    answered = {int(i) for level in levels for i in level.instances}
    missing = len(set(objects) - answered)
    note = f", {missing} without a cell" if missing else ""
    return _titled(panel, "All", "", _count(len(objects), "object") + note)


def _level_panel(
    image: np.ndarray,
    shapes: Sequence[np.ndarray],
    colors: np.ndarray,
    level: _Pairs,
) -> np.ndarray:
    panel = _dimmed(image)
    objects = np.unique(level.instances).tolist()
    for i in sorted(objects, key=lambda i: -np.count_nonzero(shapes[i])):
        panel[shapes[i]] = image[shapes[i]]
        fill(panel, shapes[i], colors[i], 0.35)
    _draw_grid(panel, level.grid_size)
    for i in objects:
        outline(panel, shapes[i], lighter(colors[i]), 1)
    _draw_dots(panel, level, colors)
    size = level.grid_size
    return _titled(
        panel,
        level.name,
        f"{size}x{size} cells   objects {_range_text(level.limits)}",
        f"{_count(len(objects), 'object')}, "
        f"{_count(len(np.unique(level.cells)), 'cell')}",
    )


def _draw_grid(panel: np.ndarray, size: int) -> None:
    height, width = panel.shape[:2]
    lines = np.zeros((height, width), bool)
    steps = np.arange(1, size) / size
    lines[np.rint(steps * height).astype(int).clip(0, height - 1)] = True
    lines[:, np.rint(steps * width).astype(int).clip(0, width - 1)] = True
    fill(panel, lines, (255, 255, 255), 0.16)


def _draw_dots(panel: np.ndarray, level: _Pairs, colors: np.ndarray) -> None:
    height, width = panel.shape[:2]
    size = level.grid_size
    radius = float(np.clip(0.30 * min(height, width) / size, 2.0, 9.0))
    for cell in np.unique(level.cells):
        owners = np.sort(level.instances[level.cells == cell])
        x = (cell % size + 0.5) / size * width
        y = (cell // size + 0.5) / size * height
        _disc(panel, x, y, radius + 1.5, PAGE)
        for place, owner in enumerate(owners):
            part = 1 - place / len(owners)
            color = lighter(colors[owner], 0.2)
            _disc(panel, x, y, radius * part, color)
            if place:
                _disc(panel, x, y, radius * part, PAGE, outlined=True)


def _disc(
    panel: np.ndarray,
    x: float,
    y: float,
    radius: float,
    color: tuple[int, int, int],
    outlined: bool = False,
) -> None:
    """A circle at a fraction of a pixel (OpenCV takes sixteenths)."""
    center = (int(round((x - 0.5) * 16)), int(round((y - 0.5) * 16)))
    cv2.circle(
        panel,
        center,
        int(round(radius * 16)),
        color,
        1 if outlined else -1,
        cv2.LINE_AA,
        4,
    )


def _draw_name(
    panel: np.ndarray, shape: np.ndarray, name: str, color: np.ndarray
) -> None:
    rows, cols = np.nonzero(shape)
    if not len(rows):
        return
    height, width = text_extent(name, LABEL_SIZE)
    height, width = height + 4, width + 10
    x = int(np.clip(cols.mean() - width / 2, 0, panel.shape[1] - width))
    y = int(np.clip(rows.mean() - height / 2, 0, panel.shape[0] - height))
    x, y = max(x, 0), max(y, 0)
    window = panel[y : y + height, x : x + width]
    fill(
        window, rounded_plate(window.shape[0], window.shape[1], 4.0), color, 0.9
    )
    draw_text(panel, name, (x + 5, y + 2), LABEL_SIZE, readable_on(color))


# === The page ===


def _titled(
    panel: np.ndarray, name: str, facts: str, counts: str
) -> np.ndarray:
    """A panel under its title line."""
    size = float(np.clip(panel.shape[1] / 38, 11, 22))
    strip = np.full((round(1.9 * size), panel.shape[1], 3), PAGE, np.uint8)
    y = 0.3 * size
    draw_text(strip, name, (2, y), 1.15 * size, BRIGHT)
    x = 2 + text_extent(name, 1.15 * size)[1] + 0.9 * size
    draw_text(strip, facts, (x, y + 0.1 * size), size, QUIET)
    x = strip.shape[1] - 2 - text_extent(counts, size)[1]
    draw_text(strip, counts, (x, y + 0.1 * size), size, BRIGHT)
    return np.concatenate([strip, panel])


def _page(panels: Sequence[np.ndarray], columns: int | None) -> np.ndarray:
    count = len(panels)
    columns = columns or (count if count < 4 else 2 if count == 4 else 3)
    rows = math.ceil(count / columns)
    height, width = panels[0].shape[:2]
    gap = max(8, width // 40)
    page = np.full(
        (
            rows * height + (rows + 1) * gap,
            columns * width + (columns + 1) * gap,
            3,
        ),
        PAGE,
        np.uint8,
    )
    for place, panel in enumerate(panels):
        y = gap + place // columns * (height + gap)
        x = gap + place % columns * (width + gap)
        page[y : y + height, x : x + width] = panel
    return page


def _dimmed(image: np.ndarray) -> np.ndarray:
    """Nearly grey and dark, so that colours on it stand out."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
    mixed = 0.3 * image.astype(np.float32) + 0.7 * grey
    return np.rint(0.45 * mixed + 8).astype(np.uint8)


def _resized(array: np.ndarray, size: Size) -> np.ndarray:
    height, width = size
    smaller = width < array.shape[1]
    return cv2.resize(
        array,
        (width, height),
        interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR,
    )


def _range_text(limits: tuple[float, float]) -> str:
    low, high = (f"{end:.0f}" if end > 10 else f"{end:.2g}" for end in limits)
    if not math.isfinite(limits[1]):
        return f"from {low} px" if limits[0] > 0 else "of any size"
    return f"{low}-{high} px" if limits[0] > 0 else f"up to {high} px"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
