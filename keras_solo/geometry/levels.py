"""Which pyramid level and which grid cells answer for an object.

The rule is written once, for the target encoder, the levels report and the
picture. It runs on NumPy, or on tensors with `xp=keras.ops`.
"""

from __future__ import annotations

import dataclasses
import functools
from types import ModuleType

import numpy as np
import numpy.typing as npt

from keras_solo._tensor import Tensor
from keras_solo.geometry.cells import span
from keras_solo.geometry.claims import Claims, box_areas
from keras_solo.geometry.mask_stride import MASK_STRIDE, checked_mask_stride
from keras_solo.geometry.size import Size

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
        mask_stride: Canvas pixels between positions of the mask grid, 4 or 2.
            A `SOLOv2` sets it to the stride of its mask head.

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
    mask_stride: int = MASK_STRIDE

    def __post_init__(self) -> None:
        checked_mask_stride(self.mask_stride)

        def store(name: str, value: object) -> None:
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
        image_size: Size,
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

    def of_sizes(self, sizes: Tensor, xp: ModuleType = np) -> Tensor:
        """Which levels answer for objects of these sizes.

        Args:
            sizes: `(...)` square roots of box areas, canvas pixels; read as
                float32.
            xp: `numpy`, or `keras.ops` for tensors.

        Returns:
            Booleans `(..., len(self))`.
        """
        sizes = xp.array(sizes, dtype="float32")[..., None]
        low, high = np.array(self.ranges, np.float32).T
        return (sizes >= xp.array(low)) & (sizes <= xp.array(high))

    def claims(
        self,
        boxes: Tensor,
        centers: Tensor,
        exists: Tensor,
        canvas_size: Size,
        xp: ModuleType = np,
    ) -> list[Claims]:
        """Which cells of which levels answer for objects.

        An object lives on every level whose range holds its size. There the
        cell of its centre answers for it, and so do the neighbours (at most
        one step away) that the middle `center_sigma` of its box touches.

        Args:
            boxes: `(..., N, 4)` xyxy, canvas pixels.
            centers: `(..., N, 2)` x, y, canvas pixels.
            exists: `(..., N)` booleans; nothing answers for the others.
            canvas_size: (height, width) of the canvas in pixels.
            xp: `numpy`, or `keras.ops` for tensors.

        Returns:
            `Claims` of each level.

        Example:

        >>> levels = Levels((4, 2), ((0, 32), (24, np.inf)), ("P3", "P4"))
        >>> box, center = np.array([[9, 25, 37, 53]]), np.array([[23, 39]])
        >>> exists = np.ones(1, bool)
        >>> fine, coarse = levels.claims(box, center, exists, (64, 64))
        >>> cells, claimed = fine.cells()
        >>> cells[claimed].tolist()  # row 2, column 1
        [9]

        Source: SOLO (arXiv:1912.04488) section 3.3; `_get_targets_single` in
        MMDetection 3.3's `solov2_head.py`.
        """
        boxes = xp.array(boxes, dtype="float32")
        centers = xp.array(centers, dtype="float32")
        half = 0.5 * (boxes[..., 2:] - boxes[..., :2]) * self.center_sigma
        lives = self.of_sizes(xp.sqrt(box_areas(boxes, xp)), xp)
        lives = lives & xp.array(exists, dtype="bool")[..., None]
        height, width = canvas_size
        return [
            Claims(
                lives[..., level],
                span(centers[..., 1], half[..., 1], height, grid_size, xp),
                span(centers[..., 0], half[..., 0], width, grid_size, xp),
                grid_size,
            )
            for level, grid_size in enumerate(self.grid_sizes)
        ]

    def locate(self, cells: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Level and cell within the level of cells counted over all levels.

        Args:
            cells: `(...)` integers from 0 to G - 1; negative for none.

        Returns:
            Two integer arrays `(...)`, -1 for none.

        Example:

        >>> level, cell = Levels().locate([0, 1599, 1600, -1])
        >>> level.tolist(), cell.tolist()
        ([0, 0, 1, -1], [0, 1599, 0, -1])
        """
        cells = np.asarray(cells)
        level = np.searchsorted(self.offsets, cells, side="right") - 1
        within = cells - np.array(self.offsets)[level]
        return level, np.where(cells >= 0, within, -1)

    # === Config ===

    def get_config(self) -> dict[str, object]:
        """The constructor's arguments, as JSON can hold them.

        Without the usual mask stride: versions that know no other read it.
        """
        other = self.mask_stride != MASK_STRIDE
        return {
            **({"mask_stride": self.mask_stride} if other else {}),
            "grid_sizes": list(self.grid_sizes),
            "ranges": [
                [low, high if np.isfinite(high) else "inf"]
                for low, high in self.ranges
            ],
            "names": list(self.names),
            "center_sigma": self.center_sigma,
        }

    @classmethod
    def from_config(cls, config: dict[str, object]) -> Levels:
        return cls(**config)  # type: ignore[arg-type]


def as_levels(value: Levels | dict[str, object] | None) -> Levels | None:
    """`Levels` from themselves or from their config; `None` stays."""
    if isinstance(value, dict):
        return Levels.from_config(value)
    if value is not None and not isinstance(value, Levels):
        raise ValueError(
            "Expected Levels, or the dict of their arguments. "
            f"Received: {value!r}"
        )
    return value


def level_number(name: str) -> int:
    """n of "Pn", whose stride is 2**n pixels."""
    if len(name) != 2 or name[0] != "P" or name[1] not in "123456789":
        raise ValueError(
            'Expected a pyramid level name like "P2" or "P6". '
            f"Received: {name!r}"
        )
    return int(name[1])
