"""Which cells of one level answer for which objects, in three forms."""

from __future__ import annotations

import dataclasses
from types import ModuleType

import numpy as np

from keras_solo._tensor import Tensor
from keras_solo.geometry.cells import Span


@dataclasses.dataclass(frozen=True)
class Claims:
    """The cells of one level that answer for objects.

    Args:
        lives: `(..., N)` booleans, whether an object lives on the level.
        rows: `Span` of grid rows, each `(..., N)`.
        columns: `Span` of grid columns, each `(..., N)`.
        grid_size: S.
    """

    lives: Tensor
    rows: Span
    columns: Span
    grid_size: int

    def cells(self, xp: ModuleType = np) -> tuple[Tensor, Tensor]:
        """The 3 x 3 cells around each centre, and which of them are claimed.

        Returns:
            Integers `(..., N, 3, 3)`, counted row by row within the level and
            meaningless where not claimed; and booleans `(..., N, 3, 3)`.
        """
        rows, row_claimed = self.rows.neighbours(xp)
        columns, column_claimed = self.columns.neighbours(xp)
        cells = rows[..., :, None] * self.grid_size + columns[..., None, :]
        return cells, self._both(row_claimed, column_claimed)

    def members(self, xp: ModuleType = np) -> Tensor:
        """`(..., N, S * S)` whether each cell answers for each object."""
        grid = self._both(
            self.rows.along(self.grid_size, xp),
            self.columns.along(self.grid_size, xp),
        )
        return xp.reshape(grid, (*xp.shape(grid)[:-2], self.grid_size**2))

    def owners(
        self, areas: Tensor | None = None, xp: ModuleType = np
    ) -> Tensor:
        """The object whose label each cell carries.

        Args:
            areas: `None`: of several objects the last one owns a cell, as in
                the reference. `(..., N)` box areas: the smallest one does
                (the earlier, if they are equal).
            xp: `numpy`, or `keras.ops` for tensors.

        Returns:
            Integers `(..., S * S)`, -1 for no object.
        """
        member = self.members(xp)
        if areas is None:
            index = xp.arange(xp.shape(member)[-2], dtype="int32")[:, None]
            return xp.max(xp.where(member, index, -1), axis=-2, initial=-1)
        contenders = xp.where(member, areas[..., None], float("inf"))
        smallest = xp.argmin(contenders, axis=-2)
        return xp.where(xp.any(member, axis=-2), smallest, -1)

    def _both(self, row: Tensor, column: Tensor) -> Tensor:
        in_cell = row[..., :, None] & column[..., None, :]
        return self.lives[..., None, None] & in_cell


def box_areas(boxes: Tensor, xp: ModuleType = np) -> Tensor:
    """`(...)` areas of boxes `(..., 4)` xyxy; 0 where a side is negative."""
    sides = boxes[..., 2:] - boxes[..., :2]
    return xp.maximum(sides[..., 0], 0.0) * xp.maximum(sides[..., 1], 0.0)
