"""Along one axis of one grid: which cells a stretch of the canvas meets.

Every function runs on NumPy, or on tensors with `xp=keras.ops`: it is written
in what the two have in common.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import NamedTuple

import numpy as np

from keras_solo._tensor import Tensor

# Sides of canvases are multiples of it.
SIDE_STEP = 32
LONGEST = 4096


@functools.lru_cache(maxsize=256)
def cell_edges(side: int, grid_size: int) -> np.ndarray:
    """The coordinates at which the reference's cell index steps up.

    The reference computes `trunc(float32(c / side) / float32(1 / S))` in
    float32, which differs from exact arithmetic beside some edges, and from
    itself once a compiler reorders it. Comparing with edges that are computed
    once gives the same cell everywhere:
    `cell = (c >= cell_edges(side, S)).sum()`.

    Args:
        side: Height or width of the canvas in pixels.
        grid_size: S.

    Returns:
        float32 array `(S - 1,)`: the smallest coordinate, in canvas pixels,
        of the cells 1 to S - 1.

    Example:

    >>> cell_edges(64, 4).tolist()
    [16.0, 32.0, 48.0]

    Source: `_get_targets_single` in MMDetection's `solov2_head.py`.
    """
    edges = _edges(np.array(side), grid_size)
    edges.flags.writeable = False
    return edges


def _edges(sides: np.ndarray, grid_size: int) -> np.ndarray:
    """`(..., S - 1)` of sides `(...)`."""
    sides = sides[..., None]
    wanted = np.arange(1, grid_size)
    edges = (wanted * (sides / grid_size)).astype(np.float32)
    # Floats are monotone under the rule, so the edge is within a few ulps.
    for _ in range(64):
        below = _reference_cell(edges, sides, grid_size) < wanted
        edges = np.where(below, np.nextafter(edges, np.float32(np.inf)), edges)
    for _ in range(64):
        lower = np.nextafter(edges, np.float32(-np.inf))
        fits = _reference_cell(lower, sides, grid_size) >= wanted
        edges = np.where(fits, lower, edges)
    return edges


def _reference_cell(
    coordinates: np.ndarray, sides: np.ndarray, grid_size: int
) -> np.ndarray:
    ratio = coordinates.astype(np.float32) / sides.astype(np.float32)
    return np.trunc(ratio / np.float32(1.0 / grid_size)).astype(np.int64)


@functools.lru_cache(maxsize=16)
def _edges_of_sides(grid_size: int) -> np.ndarray:
    """`(n, S - 1)` edges of the sides 32, 64, ..., `LONGEST`."""
    return _edges(np.arange(SIDE_STEP, LONGEST + 1, SIDE_STEP), grid_size)


def edges_of_tensor(side: Tensor, grid_size: int, xp: ModuleType) -> Tensor:
    """`cell_edges` of a side that is known only when a graph runs.

    Args:
        side: An integer scalar, canvas pixels.
        grid_size: S.
        xp: `numpy`, or `keras.ops` for tensors.

    Returns:
        float32 `(S - 1,)`: the edges of `cell_edges` for multiples of 32 up
        to 4096; beyond, the same but for rounding.
    """
    table = xp.array(_edges_of_sides(grid_size))
    row = xp.clip(side // SIDE_STEP - 1, 0, LONGEST // SIDE_STEP - 1)
    parts = np.arange(1, grid_size, dtype=np.float32) / np.float32(grid_size)
    known = (side % SIDE_STEP == 0) & (side <= LONGEST)
    rounded = xp.array(parts) * xp.array(side, dtype="float32")
    return xp.where(known, xp.take(table, row, axis=0), rounded)


def cells_of(
    coordinates: Tensor,
    side: int | Tensor,
    grid_size: int,
    xp: ModuleType = np,
) -> Tensor:
    """Cell index along one axis of coordinates on the canvas.

    Args:
        coordinates: `(...)` canvas pixels; read as float32.
        side: Height or width of the canvas in pixels, an integer or an
            integer scalar of a graph.
        grid_size: S.
        xp: `numpy`, or `keras.ops` for tensors.

    Returns:
        Integers `(...)`, 0 to S - 1, outside the canvas too.

    Example:

    >>> cells_of([0.0, 15.9, 16.0, 99.0], 64, 4).tolist()
    [0, 0, 1, 3]
    """
    coordinates = xp.array(coordinates, dtype="float32")
    if isinstance(side, int | np.integer):
        edges = xp.array(cell_edges(int(side), grid_size))
    else:
        edges = edges_of_tensor(side, grid_size, xp)
    return xp.sum(coordinates[..., None] >= edges, axis=-1)


class Span(NamedTuple):
    """Rows, or columns, that answer for objects: at most three each.

    Args:
        middle: `(...)` the cell of the object's centre.
        first: `(...)` the first cell, `middle` or the one before it.
        last: `(...)` the last cell, `middle` or the one after it.

    Example:

    >>> columns = Span(np.array([1]), np.array([1]), np.array([2]))
    >>> columns.along(4).astype(int).tolist()
    [[0, 1, 1, 0]]
    """

    middle: Tensor
    first: Tensor
    last: Tensor

    def along(self, grid_size: int, xp: ModuleType = np) -> Tensor:
        """`(..., S)` whether each row, or column, of the grid is in."""
        return self._holds(xp.arange(grid_size, dtype="int32"))

    def neighbours(self, xp: ModuleType = np) -> tuple[Tensor, Tensor]:
        """`(..., 3)` the cells around the middle one, and which are in."""
        index = self.middle[..., None] + xp.arange(-1, 2, dtype="int32")
        return index, self._holds(index)

    def _holds(self, index: Tensor) -> Tensor:
        return (index >= self.first[..., None]) & (
            index <= self.last[..., None]
        )


def span(
    center: Tensor,
    half: Tensor,
    side: int | Tensor,
    grid_size: int,
    xp: ModuleType = np,
) -> Span:
    """The cells that `center - half` to `center + half` touches, as a `Span`.

    Args:
        center: `(...)` float32 canvas pixels.
        half: `(...)` float32, half the stretch's length.
        side: Height or width of the canvas in pixels.
        grid_size: S.
        xp: `numpy`, or `keras.ops` for tensors.

    Source: `_get_targets_single` in MMDetection's `solov2_head.py`.
    """
    middle = cells_of(center, side, grid_size, xp)
    first = cells_of(center - half, side, grid_size, xp)
    last = cells_of(center + half, side, grid_size, xp)
    return Span(
        middle, xp.maximum(first, middle - 1), xp.minimum(last, middle + 1)
    )
