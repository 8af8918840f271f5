"""A mask as the lengths of its runs, down its columns: small, and exact.

The order is COCO's, column after column, so that run lengths for pycocotools
are these numbers written as text. A smooth mask has two or so in a column:
32 kB for a mask as large as its image of 12 megapixels, which are 1.5 MB as
bits.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np

from keras_solo.geometry.extent import extent
from keras_solo.geometry.size import Size

Runs: TypeAlias = np.ndarray
"""`(n,)` integers: lengths of the runs outside, inside, outside, ... of a mask,
down its columns. They add up to its pixels; the first may be 0."""

Window: TypeAlias = tuple[int, int, int, int]
"""xyxy in pixels, x2 and y2 exclusive."""


def mask_runs(mask: np.ndarray) -> Runs:
    """The runs of a mask.

    Args:
        mask: `(height, width)` bool.

    Returns:
        uint32 `(n,)`.

    Example:

    >>> mask_runs(np.eye(2, dtype=bool)).tolist()
    [0, 1, 2, 1]
    """
    x1, y1, x2, y2 = extent(mask)
    height, width = y2 - y1, x2 - x1
    # A column ends outside, so that no run goes on in the next.
    columns = np.zeros((width, height + 1), bool)
    columns[:, :-1] = mask[y1:y2, x1:x2].T
    inside = columns.ravel()
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    if inside.size and inside[0]:
        edges = np.concatenate([[0], edges])
    x, y = np.divmod(edges, height + 1)
    places = (x + x1) * mask.shape[0] + y + y1
    return joined_runs(places[0::2], places[1::2], mask.shape)


def joined_runs(
    starts: np.ndarray, stops: np.ndarray, size: tuple[int, ...]
) -> Runs:
    """The runs of a mask that is set between places.

    Args:
        starts: `(n,)` int64 places in ascending order, x * height + y.
        stops: `(n,)` int64, not beyond the next start. A stretch that stops
            where it starts, or before, is left out; stretches that touch
            become one.
        size: (height, width) of the mask in pixels.

    Returns:
        uint32 `(m,)`.

    Example:

    >>> starts, stops = np.array([1, 3, 5]), np.array([3, 4, 5])
    >>> joined_runs(starts, stops, (2, 3)).tolist()
    [1, 3, 2]
    """
    full = starts < stops
    starts, stops = starts[full], stops[full]
    apart = np.flatnonzero(starts[1:] != stops[:-1])
    starts = np.concatenate([starts[:1], starts[apart + 1]])
    stops = np.concatenate([stops[apart], stops[-1:]])
    runs = _lengths(starts, stops, size[0] * size[1])
    ends_inside = len(runs) > 1 and not runs[-1]
    return runs[: len(runs) - ends_inside].astype(np.uint32)


def _lengths(starts: np.ndarray, stops: np.ndarray, pixels: int) -> np.ndarray:
    """int64 lengths outside, inside, ..., outside; the last may be 0."""
    places = np.zeros(2 * len(starts) + 2, np.int64)
    places[1:-1:2], places[2:-1:2], places[-1] = starts, stops, pixels
    return np.diff(places)


def run_places(runs: Runs) -> tuple[np.ndarray, np.ndarray]:
    """Where runs inside start and stop, int64 places x * height + y.

    Runs of no pixels are left out.
    """
    ends = np.cumsum(runs, dtype=np.int64)
    starts, stops = ends[0:-1:2], ends[1::2]
    filled = starts < stops
    return starts[filled], stops[filled]


def runs_area(runs: Runs) -> int:
    """The number of pixels inside."""
    return int(runs[1::2].sum(dtype=np.int64))


def runs_center(runs: Runs, height: int) -> tuple[float, float]:
    """The mean of the centres of a mask's pixels: its first moments.

    Args:
        runs: Of the mask.
        height: Pixels in a column.

    Returns:
        x and y in pixels. The centre of the first pixel is at 0.5, 0.5, so
        that a rectangle's is the middle of its box. NaN for an empty mask.

    Example:

    >>> runs_center(np.array([3, 1, 2]), height=2)
    (1.5, 1.5)
    """
    starts, stops = run_places(runs)
    area = int((stops - starts).sum())
    if not area:
        return np.nan, np.nan
    before, after = _sums(starts, height), _sums(stops, height)
    x, y = (after - before).sum(axis=1).tolist()
    return x / area + 0.5, y / area + 0.5


def _sums(places: np.ndarray, height: int) -> np.ndarray:
    """int64 `(2, n)`: sums of x and of y over all places before each."""
    columns, rows = np.divmod(places, height)
    x = height * columns * (columns - 1) // 2 + rows * columns
    y = columns * (height * (height - 1) // 2) + rows * (rows - 1) // 2
    return np.stack([x, y])


def runs_extent(runs: Runs, height: int) -> Window:
    """The tight box of a mask, as `extent` has it.

    Args:
        runs: Of the mask.
        height: Pixels in a column.

    Returns:
        xyxy in pixels, x2 and y2 exclusive; zeros for an empty mask.

    Example:

    >>> runs_extent(np.array([3, 1, 2]), height=2)
    (1, 1, 2, 2)
    """
    starts, stops = run_places(runs)
    if not len(starts):
        return 0, 0, 0, 0
    x1, x2 = int(starts[0]) // height, int(stops[-1] - 1) // height + 1
    tops = starts % height
    y1, y2 = int(tops.min()), int((tops + stops - starts).max())
    if y2 > height:
        # Such a run holds the last row of one column, the first of the next.
        y1, y2 = 0, height
    return x1, y1, x2, y2


def runs_crop(runs: Runs, height: int, window: Window) -> np.ndarray:
    """The part of a mask in its box.

    Args:
        runs: Of the mask.
        height: Pixels in a column of the mask.
        window: Its `runs_extent`.

    Returns:
        bool `(y2 - y1, x2 - x1)`.

    Example:

    >>> runs = np.array([3, 1, 2])
    >>> runs_crop(runs, 2, runs_extent(runs, 2)).tolist()
    [[True]]
    """
    x1, y1, x2, y2 = window
    if x1 == x2:
        return np.zeros((0, 0), bool)
    width, rows = x2 - x1, y2 - y1
    starts, stops = run_places(runs)
    # No run goes on in the next column, unless the window has all rows.
    firsts, lasts = (
        (places // height - x1) * rows + places % height - y1
        for places in (starts, stops - 1)
    )
    lengths = _lengths(firsts, lasts + 1, width * rows)
    inside = np.arange(len(lengths)) % 2 == 1
    columns = np.repeat(inside, lengths).reshape(width, rows)
    return cv2.transpose(columns.view(np.uint8)).view(bool)


def draw_runs(runs: Runs, mask: np.ndarray) -> None:
    """Sets the pixels of runs in a mask of zeros, bool `(height, width)`."""
    height = mask.shape[0]
    x1, y1, x2, y2 = window = runs_extent(runs, height)
    mask[y1:y2, x1:x2] = runs_crop(runs, height, window)


def empty_runs(size: Size) -> Runs:
    """The runs of a mask without a pixel."""
    return np.array([size[0] * size[1]], np.uint32)
