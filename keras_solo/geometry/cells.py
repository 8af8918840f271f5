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
    wanted = np.arange(1, grid_size)
    exact = (wanted * (side / grid_size)).astype(np.float32)
    edges = exact
    # Floats are monotone under the rule, so the edge is within a few ulps.
    for _ in range(64):
        below = _reference_cell(edges, side, grid_size) < wanted
        edges = np.where(below, np.nextafter(edges, np.float32(np.inf)), edges)
    for _ in range(64):
        lower = np.nextafter(edges, np.float32(-np.inf))
        fits = _reference_cell(lower, side, grid_size) >= wanted
        edges = np.where(fits, lower, edges)
    edges.flags.writeable = False
    return edges


def _reference_cell(
    coordinates: np.ndarray, side: int, grid_size: int
) -> np.ndarray:
    ratio = coordinates.astype(np.float32) / np.float32(side)
    return np.trunc(ratio / np.float32(1.0 / grid_size)).astype(np.int64)


def cells_of(
    coordinates: Tensor, side: int, grid_size: int, xp: ModuleType = np
) -> Tensor:
    """Cell index along one axis of coordinates on the canvas.

    Args:
        coordinates: `(...)` canvas pixels; read as float32.
        side: Height or width of the canvas in pixels.
        grid_size: S.
        xp: `numpy`, or `keras.ops` for tensors.

    Returns:
        Integers `(...)`, 0 to S - 1, outside the canvas too.

    Example:

    >>> cells_of([0.0, 15.9, 16.0, 99.0], 64, 4).tolist()
    [0, 0, 1, 3]
    """
    coordinates = xp.array(coordinates, dtype="float32")
    edges = xp.array(cell_edges(side, grid_size))
    return xp.sum(coordinates[..., None] >= edges, axis=-1)


class Span(NamedTuple):
    """Rows, or columns, that answer for objects: at most three each.

    Args:
        middle: `(...)` the cell of the object's centre.
        first: `(...)` the first cell, `middle` or the one before it.
        last: `(...)` the last cell, `middle` or the one after it.
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
    side: int,
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
