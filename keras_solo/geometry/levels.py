"""Which pyramid level and which grid cell answer for an object."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np

REFERENCE_GRID_SIZES = (40, 36, 24, 16, 12)
REFERENCE_RANGES = (
    (1.0, 96.0),
    (48.0, 192.0),
    (96.0, 384.0),
    (192.0, 768.0),
    (384.0, 2048.0),
)
# Of the light models, by the short side of their canvas.
LIGHT_448_RANGES = ((1, 56), (28, 112), (56, 224), (112, 448), (224, 896))
LIGHT_512_RANGES = ((1, 64), (32, 128), (64, 256), (128, 512), (256, 2048))


@dataclasses.dataclass(frozen=True)
class Levels:
    """The grids of a SOLOv2 and the object sizes that each answers for.

    The size of an object is the square root of its box's area in canvas
    pixels. Ranges include both ends and may overlap, so that one object may
    live on several levels.

    Args:
        grid_sizes: S of each level, finest first. A level has S x S cells.
        ranges: (smallest, largest) object size of each level, canvas pixels.
            `0` and `inf` leave a range open.
        names: The pyramid level that each grid reads, "P2" (stride 4) to "P6"
            (stride 64).
        center_sigma: The part of a box, around the object's centre, whose
            cells answer for the object.

    Example:

    >>> levels = Levels.for_canvas((800, 1344))
    >>> levels.num_cells
    3872
    >>> levels.of_sizes([10.0, 60.0]).astype(int).tolist()
    [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0]]

    Source: SOLO (arXiv:1912.04488) section 3.3 and the `scale_ranges`,
    `num_grids` and `pos_scale` of MMDetection's SOLOv2 configs.
    """

    grid_sizes: tuple[int, ...] = REFERENCE_GRID_SIZES
    ranges: tuple[tuple[float, float], ...] = REFERENCE_RANGES
    names: tuple[str, ...] = ("P2", "P3", "P4", "P5", "P6")
    center_sigma: float = 0.2

    def __post_init__(self) -> None:
        def store(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        store("grid_sizes", tuple(int(size) for size in self.grid_sizes))
        store(
            "ranges",
            tuple((float(low), float(high)) for low, high in self.ranges),
        )
        store("names", tuple(self.names))
        if not (
            len(self.grid_sizes) == len(self.ranges) == len(self.names) > 0
        ):
            raise ValueError(
                "Expected one grid size, one range and one name a level. "
                f"Received: grid_sizes={self.grid_sizes}, "
                f"ranges={self.ranges}, names={self.names}"
            )
        if min(self.grid_sizes) < 2:
            raise ValueError(
                "Expected grid sizes of at least 2. "
                f"Received: grid_sizes={self.grid_sizes}"
            )
        if any(not 0 <= low < high for low, high in self.ranges):
            raise ValueError(
                "Expected ranges (smallest, largest) with 0 <= smallest < "
                f"largest. Received: ranges={self.ranges}"
            )
        for name in self.names:
            level_number(name)

    @classmethod
    def for_canvas(
        cls,
        image_size: tuple[int, int],
        grid_sizes: tuple[int, ...] = REFERENCE_GRID_SIZES,
        names: tuple[str, ...] | None = None,
        center_sigma: float = 0.2,
    ) -> Levels:
        """Levels whose ranges follow the canvas, open at both ends.

        The reference gives its finest level the objects up to 96 px at 800 px
        short side, and doubles from level to level; here 96 px become
        96 x short side / 800. No object is too small or too large.

        Args:
            image_size: (height, width) of the canvas in pixels.
            grid_sizes: S of each level, finest first.
            names: Pyramid level of each grid; "P2" upwards by default.
            center_sigma: As in the constructor.
        """
        count = len(grid_sizes)
        unit = 96.0 * min(image_size) / 800.0
        ranges = [
            (
                0.0 if level == 0 else unit * 2.0 ** (level - 1),
                np.inf if level == count - 1 else unit * 2.0**level,
            )
            for level in range(count)
        ]
        # A neighbour shares half of each range, as in the reference.
        ranges = [
            (low / 2.0 if level > 0 else low, high)
            for level, (low, high) in enumerate(ranges)
        ]
        names = names or tuple(f"P{level + 2}" for level in range(count))
        return cls(tuple(grid_sizes), tuple(ranges), names, center_sigma)

    # === Facts derived from the arguments ===

    def __len__(self) -> int:
        return len(self.grid_sizes)

    @property
    def num_cells(self) -> int:
        """G: cells of all levels, flattened row by row, finest level first."""
        return sum(size * size for size in self.grid_sizes)

    @property
    def offsets(self) -> tuple[int, ...]:
        """Index of each level's first cell among all cells."""
        ends = np.cumsum([size * size for size in self.grid_sizes])
        return (0, *(int(end) for end in ends[:-1]))

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels between the features that each grid reads.

        The finest level is halved and the coarsest enlarged before the heads,
        so strides stay within 8 and 32.
        """
        return tuple(
            min(max(2 ** level_number(name), 8), 32) for name in self.names
        )

    @functools.cached_property
    def cell_strides(self) -> np.ndarray:
        """(G,) float32: the stride of each cell's level."""
        counts = [size * size for size in self.grid_sizes]
        return np.repeat(np.array(self.strides, np.float32), counts)

    @property
    def max_levels_per_object(self) -> int:
        """The largest number of levels that one object can live on."""
        ends = [end for pair in self.ranges for end in pair if np.isfinite(end)]
        sizes = np.array([*ends, 0.0, 2.0 * max(ends, default=1.0)])
        return int(self.of_sizes(sizes).sum(axis=-1).max())

    @property
    def max_cells_per_object(self) -> int:
        """3 x 3 cells on every level that one object can live on."""
        return 9 * self.max_levels_per_object

    # === Objects ===

    def of_sizes(self, sizes: Any) -> np.ndarray:
        """Which levels answer for objects of these sizes.

        Args:
            sizes: `(...)` square roots of box areas, canvas pixels.

        Returns:
            bool array `(..., len(self))`.
        """
        sizes = np.asarray(sizes, np.float32)[..., None]
        low, high = np.array(self.ranges, np.float32).T
        return (sizes >= low) & (sizes <= high)

    # === Config ===

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON can hold them."""
        return {
            "grid_sizes": list(self.grid_sizes),
            "ranges": [
                [low, high if np.isfinite(high) else "inf"]
                for low, high in self.ranges
            ],
            "names": list(self.names),
            "center_sigma": self.center_sigma,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Levels:
        return cls(**config)


def level_number(name: str) -> int:
    """n of "Pn", whose stride is 2**n pixels."""
    if len(name) != 2 or name[0] != "P" or name[1] not in "123456789":
        raise ValueError(
            'Expected a pyramid level name like "P2" or "P6". '
            f"Received: {name!r}"
        )
    return int(name[1])


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


def cells_of(coordinates: Any, side: int, grid_size: int) -> np.ndarray:
    """Cell index along one axis of coordinates in canvas pixels (NumPy)."""
    coordinates = np.asarray(coordinates, np.float32)[..., None]
    return (coordinates >= cell_edges(side, grid_size)).sum(axis=-1)


def _reference_cell(
    coordinates: np.ndarray, side: int, grid_size: int
) -> np.ndarray:
    ratio = coordinates.astype(np.float32) / np.float32(side)
    return np.trunc(ratio / np.float32(1.0 / grid_size)).astype(np.int64)
