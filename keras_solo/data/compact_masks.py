"""Masks of one image in little memory: run lengths, made dense on demand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from keras_solo.data.outlines import Part, mask_outlines
from keras_solo.data.polygons import mask_to_polygons
from keras_solo.data.run_lengths import (
    Counts,
    RunLengths,
    encode_runs,
    fitting_counts,
)
from keras_solo.data.valid_parts import valid_parts
from keras_solo.geometry.column_runs import (
    Window,
    draw_runs,
    joined_runs,
    mask_runs,
    run_places,
    runs_area,
    runs_center,
    runs_crop,
    runs_extent,
)
from keras_solo.geometry.size import Size


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class CompactMasks:
    """Masks of one image, each as the lengths of its runs.

    A mask has two runs or so in each column that it covers. 100 masks of an
    image of 12 megapixels take 1 MB where their boxes are a quarter of each
    side and 7 MB where they are the whole image; crops of bools would take 75
    and 1200 MB, packed bits 9 and 150 MB. Areas, boxes and COCO's text come
    from the runs themselves. Noise is the bad case: a mask where every other
    pixel is set takes four bytes a pixel.

    They are chosen like elements of an array, by a slice or an array.

    Args:
        runs: For each mask `(m,)` integers, lengths of its runs outside,
            inside, outside, ..., down its columns, as
            `Letterbox.mask_runs_to_original` returns them. The first may be 0.
        size: (height, width) of the masks in pixels.

    Raises:
        ValueError: If the runs are no whole numbers, or do not add up to the
            pixels of a mask.

    Example:

    >>> masks = CompactMasks.from_dense(np.eye(3, dtype=bool)[None])
    >>> masks
    CompactMasks(1 of 3 x 3)
    >>> masks.runs[0].tolist()
    [0, 1, 3, 1, 3, 1]
    >>> masks.areas.tolist(), masks.boxes.tolist()
    ([3], [[0.0, 0.0, 3.0, 3.0]])
    """

    runs: tuple[np.ndarray, ...]
    size: Size

    def __post_init__(self) -> None:
        size = height, width = self.size
        runs = tuple(map(_unchangeable, self.runs))
        for one in runs:
            if one.ndim != 1 or one.sum(dtype=np.int64) != height * width:
                raise ValueError(
                    f"Expected runs that add up to {height * width}, the "
                    f"pixels of a mask of {size} (height, width). Received: "
                    f"shape {one.shape}, sum {one.sum(dtype=np.int64)}"
                )
        object.__setattr__(self, "runs", runs)
        object.__setattr__(self, "size", (int(height), int(width)))

    @classmethod
    def from_dense(cls, masks: np.ndarray) -> CompactMasks:
        """Of bool masks `(n, height, width)`."""
        runs = tuple(mask_runs(mask) for mask in masks)
        return cls(runs, (masks.shape[1], masks.shape[2]))

    @classmethod
    def from_counts(cls, counts: Iterable[Counts], size: Size) -> CompactMasks:
        """Of what stands under "counts" in run lengths of COCO.

        Args:
            counts: Of each mask, as numbers or as compressed text.
            size: (height, width) of the masks in pixels.

        Raises:
            ValueError: As `run_lengths.fitting_counts`.
        """
        runs = (run_places(fitting_counts(one, size)) for one in counts)
        return cls(tuple(joined_runs(*one, size) for one in runs), size)

    def __len__(self) -> int:
        return len(self.runs)

    def __getitem__(self, index: slice | np.ndarray) -> CompactMasks:
        chosen = np.arange(len(self))[index].tolist()
        return CompactMasks(tuple(self.runs[i] for i in chosen), self.size)

    def __repr__(self) -> str:
        return "CompactMasks({} of {} x {})".format(len(self), *self.size)

    # === Facts ===

    @property
    def nbytes(self) -> int:
        """Bytes of all runs."""
        return sum(one.nbytes for one in self.runs)

    @property
    def areas(self) -> np.ndarray:
        """`(n,)` int64: pixels of each mask."""
        return np.array([runs_area(one) for one in self.runs], np.int64)

    @property
    def centers(self) -> np.ndarray:
        """`(n, 2)` float64 x, y, see `Instances.centers`."""
        centers = [runs_center(one, self.size[0]) for one in self.runs]
        return np.array(centers, np.float64).reshape(-1, 2)

    @property
    def windows(self) -> list[Window]:
        """Tight boxes, xyxy, x2 and y2 exclusive; zeros for an empty mask."""
        return [runs_extent(one, self.size[0]) for one in self.runs]

    @property
    def boxes(self) -> np.ndarray:
        """`(n, 4)` float32: `windows` as an array."""
        return np.array(self.windows, np.float32).reshape(-1, 4)

    # === Other forms ===

    def crop(self, index: int) -> np.ndarray:
        """The part of one mask in its window, bool `(y2 - y1, x2 - x1)`."""
        runs, height = self.runs[index], self.size[0]
        return runs_crop(runs, height, runs_extent(runs, height))

    def to_dense(self) -> np.ndarray:
        """bool `(n, height, width)`, a new array."""
        dense = np.zeros((len(self), *self.size), bool)
        for runs, mask in zip(self.runs, dense, strict=True):
            draw_runs(runs, mask)
        return dense

    def to_rle(self) -> list[RunLengths]:
        """COCO's compressed run lengths, as `json.dump` takes them."""
        return [encode_runs(one, self.size) for one in self.runs]

    def to_polygons(self, tolerance: float = 0.0) -> list[list[np.ndarray]]:
        """The outlines of each mask, see `Instances.to_polygons`."""
        return [
            [
                part + np.array(window[:2], np.float32)
                for part in mask_to_polygons(self.crop(i), tolerance)
            ]
            for i, window in enumerate(self.windows)
        ]

    def to_parts(self, tolerance: float = 0.0) -> list[list[Part]]:
        """The same with holes, see `valid_parts`."""
        return [
            [
                _moved(part, x, y, np.float32)
                for part in valid_parts(self.crop(i), tolerance)
            ]
            for i, (x, y, _, _) in enumerate(self.windows)
        ]

    @property
    def outlines(self) -> list[list[Part]]:
        """The exact outlines of each mask, see `mask_outlines`."""
        return [
            [_moved(part, x, y) for part in mask_outlines(self.crop(i))]
            for i, (x, y, _, _) in enumerate(self.windows)
        ]


def _moved(
    part: Part, x: int, y: int, dtype: npt.DTypeLike = np.float64
) -> Part:
    outer, *holes = (
        (ring + (x, y)).astype(dtype) for ring in (part.outer, *part.holes)
    )
    return Part(outer, holes)


def _unchangeable(runs: np.ndarray) -> np.ndarray:
    """uint32; no copy of what nobody can change."""
    given = np.asarray(runs)
    integers = given.dtype.kind in "iu" or not given.size
    runs = given.astype(np.uint32, copy=False) if integers else given
    if not integers or (given != runs).any():
        raise ValueError(
            "Expected runs of whole numbers from 0 to 4294967295. Received: "
            f"{given!r:.200}"
        )
    if runs.flags.writeable:
        runs = runs.copy()
        runs.setflags(write=False)
    return runs
