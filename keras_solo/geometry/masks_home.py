"""Masks from a grid back to the pixels of the original image, as runs.

Down a column of the original, the bilinear value is a straight line from one
row of the grid to the next. So it is enough to know where such a line crosses
the threshold: no pixel between is computed, and the pixels between two
crossings are a run of the mask.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_solo.geometry.column_runs import Runs, empty_runs, joined_runs

# Values of one piece of work, few enough to stay in the processor's cache.
PIECE = 1 << 17


class Axis:
    """One side of an image whose pixels lie between the points of a grid.

    Points and pixels are counted from the first, at its centre. Pixels beyond
    the outermost points have the value of these.

    Args:
        pixels: Pixels of the side.
        points: Points of the grid.
        step: Points a pixel.

    Example:

    >>> axis = Axis(pixels=4, points=2, step=0.5)
    >>> axis.low.tolist(), axis.weight.tolist()
    ([0, 0, 0, 1], [0.0, 0.25, 0.75, 0.0])
    """

    def __init__(self, pixels: int, points: int, step: float) -> None:
        self.pixels: int = pixels
        self.points: int = points
        self.step: float = step
        position = (np.arange(pixels) + 0.5) * step - 0.5
        position = np.clip(position, 0, points - 1)
        self.low: np.ndarray = np.floor(position).astype(np.int64)
        self.high: np.ndarray = np.minimum(self.low + 1, points - 1)
        self.weight: np.ndarray = (position - self.low).astype(np.float32)

    def touched(self, points: slice) -> slice:
        """The pixels whose value depends on some points."""
        first = np.searchsorted(self.high, points.start, side="left")
        last = np.searchsorted(self.low, points.stop - 1, side="right")
        return slice(int(first), int(last))

    def read(self, pixels: slice) -> slice:
        """The points that the values of some pixels depend on."""
        low, high = self.low[pixels.start], self.high[pixels.stop - 1]
        return slice(int(low), int(high) + 1)

    def resample(
        self, values: np.ndarray, first: int, pixels: slice
    ) -> np.ndarray:
        """Values of pixels.

        Args:
            values: float32 `(m, k)`, of the points from `first` on.
            first: The first point that has values.
            pixels: What to compute.

        Returns:
            float32 `(pixels, k)`.
        """
        low = values.take(self.low[pixels] - first, axis=0)
        result = values.take(self.high[pixels] - first, axis=0)
        result -= low
        result *= self.weight[pixels, None]
        result += low
        return result

    def pixel(self, position: np.ndarray) -> np.ndarray:
        """Where a position among the points is among the pixels, float64."""
        return (position + 0.5) / self.step - 0.5


@dataclasses.dataclass(frozen=True)
class Resampling:
    """One bilinear resampling: the rows of its result, and the columns."""

    rows: Axis
    columns: Axis


def masks_home(
    masks: np.ndarray, way: Sequence[Resampling], threshold: float
) -> list[Runs]:
    """Resamples masks once or several times, and applies a threshold.

    Args:
        masks: `(n, h, w)` probabilities in any unit, float or uint8.
        way: What happens to a mask, in turn. The last one's pixels are those
            of the result.
        threshold: Pixels above it are set; in the unit of the masks.

    Returns:
        The runs of each mask.

    Example:

    >>> axis = Axis(pixels=4, points=2, step=0.5)
    >>> mask = np.array([[0.0, 1.0], [0.0, 0.0]])
    >>> masks_home(mask[None], [Resampling(axis, axis)], 0.5)[0].tolist()
    [8, 2, 2, 2, 2]
    """
    threshold = float(np.float32(threshold))  # as the values are
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return [_mask_home(mask, way, threshold) for mask in masks]


def _mask_home(
    mask: np.ndarray, way: Sequence[Resampling], threshold: float
) -> Runs:
    """A value above the threshold has one beside it where it comes from."""
    last = way[-1]
    size = last.rows.pixels, last.columns.pixels
    above: np.ndarray = mask > threshold
    rows, columns = _span(above, axis=0), _span(above, axis=1)
    for one in way[:-1]:
        rows = one.rows.touched(rows)
        columns = one.columns.touched(columns)
    columns = last.columns.touched(columns)
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return empty_runs(size)
    # One more at both ends, for the way up to the threshold and down from it.
    rows = slice(max(rows.start - 1, 0), min(rows.stop + 1, last.rows.points))
    values = _values(mask, way[:-1], rows, last.columns.read(columns))
    places = _crossings(values, last, rows, columns, threshold)
    return joined_runs(*places, size)


def _span(above: np.ndarray, axis: int) -> slice:
    """From the first row (or column) with something set to the last."""
    hits = np.flatnonzero(above.any(axis=1 - axis))
    return slice(int(hits[0]), int(hits[-1]) + 1) if len(hits) else slice(0, 0)


def _values(
    mask: np.ndarray, way: Sequence[Resampling], rows: slice, columns: slice
) -> np.ndarray:
    """A window of a mask after some resamplings, float32 (columns, rows)."""
    if not way:
        return mask[rows, columns].T.astype(np.float32)
    last = way[-1]
    r, c = last.rows.read(rows), last.columns.read(columns)
    values = _values(mask, way[:-1], r, c)
    values = last.columns.resample(values, c.start, columns)
    return last.rows.resample(values.T, r.start, rows).T


def _crossings(
    values: np.ndarray,
    last: Resampling,
    rows: slice,
    columns: slice,
    threshold: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Where runs start and stop.

    Args:
        values: Of the points that matter, `(points, rows)`.
        last: The resampling that leads to the pixels.
        rows: The rows of the grid that have values. All others are not above
            the threshold, nor is the first or the last one of these, but at
            the grid's end.
        columns: The columns of pixels that are not empty.
        threshold: Pixels above it are set.
    """
    # Beyond the grid's end another row: there all runs end, beyond all pixels.
    before, after = rows.start == 0, rows.stop == last.rows.points
    count = before + values.shape[1] + after
    framed = np.full((len(values), count), threshold, np.float32)
    framed[:, before : count - after] = values
    first, height = rows.start - before, last.rows.pixels
    points = last.columns.read(columns)
    step = max(1, PIECE // count)
    starts, stops = [], []
    for left in range(columns.start, columns.stop, step):
        piece = slice(left, min(left + step, columns.stop))
        lines = last.columns.resample(framed, points.start, piece)
        x, y = _crossed(lines, threshold)
        y = last.rows.pixel(first + y)
        y[0::2] = np.floor(y[0::2]) + 1
        y = np.clip(np.ceil(y), 0, height).astype(np.int64)
        places = (left + x) * height + y
        starts.append(places[0::2])
        stops.append(places[1::2])
    return np.concatenate(starts), np.concatenate(stops)


def _crossed(
    lines: np.ndarray, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """(line, place between its points) of all crossings: up, down, up, ..."""
    above = lines > threshold
    above[:, 0] = above[:, -1] = False
    inside = above.ravel()
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    line, place = np.divmod(edges, lines.shape[1])
    flat = lines.ravel()
    value, beyond = flat[edges].astype(np.float64), flat[edges + 1]
    part = (threshold - value) / (beyond - value)
    # Also where a value is not a number.
    return line, place + np.fmin(np.fmax(part, 0), 1)
