"""Runs of a mask cut where columns end: to move, to cut and to enlarge them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_solo.geometry.column_runs import (
    Runs,
    Window,
    joined_runs,
    run_places,
)
from keras_solo.geometry.size import Size


class Parts(NamedTuple):
    """What a mask sets, as upright lines of pixels.

    Attributes:
        x: `(n,)` int64, the column of each line.
        top: `(n,)` int64, the row of its first pixel.
        bottom: `(n,)` int64, the row after its last one.
    """

    x: np.ndarray
    top: np.ndarray
    bottom: np.ndarray


def column_parts(runs: Runs, height: int) -> Parts:
    """The lines of a mask, in the order of columns and rows.

    Args:
        runs: Of the mask.
        height: Pixels in a column.

    Example:

    >>> parts = column_parts(np.array([1, 3, 2]), height=2)
    >>> [values.tolist() for values in parts]
    [[0, 1], [1, 0], [2, 2]]
    """
    starts, stops = run_places(runs)
    first, last = starts // height, (stops - 1) // height
    counts = last - first + 1
    owner = np.repeat(np.arange(len(starts)), counts)
    before = np.cumsum(counts) - counts
    x = first[owner] + np.arange(len(owner)) - before[owner]
    top = np.where(x == first[owner], starts[owner] - x * height, 0)
    bottom = np.where(x == last[owner], stops[owner] - x * height, height)
    return Parts(x, top, bottom)


def parts_runs(parts: Parts, size: Size) -> Runs:
    """The runs of a mask of lines, in any order; they may overlap.

    Args:
        parts: The lines.
        size: (height, width) of the mask in pixels.

    Returns:
        uint32 `(m,)`.

    Example:

    >>> lines = Parts(np.array([1, 0]), np.array([0, 1]), np.array([2, 2]))
    >>> parts_runs(lines, (2, 3)).tolist()
    [1, 3, 2]
    """
    starts = parts.x * size[0] + parts.top
    order = np.argsort(starts, kind="stable")
    starts = starts[order]
    stops = (parts.x * size[0] + parts.bottom)[order]
    if not len(starts):
        return joined_runs(starts, stops, size)
    ends = np.maximum.accumulate(stops)
    apart = np.flatnonzero(starts[1:] > ends[:-1])
    starts = starts[np.concatenate([[0], apart + 1])]
    return joined_runs(starts, np.concatenate([ends[apart], ends[-1:]]), size)


def joined_parts(parts: Sequence[Parts]) -> Parts:
    """The lines of several masks together."""
    return Parts(
        *(np.concatenate(values) for values in zip(*parts, strict=True))
    )


def moved_parts(parts: Parts, x: int, y: int) -> Parts:
    """Lines moved by whole pixels."""
    return Parts(parts.x + x, parts.top + y, parts.bottom + y)


def parts_area(parts: Parts) -> int:
    """The pixels of lines that do not overlap."""
    return int((parts.bottom - parts.top).sum())


def parts_within(parts: Parts, window: Window) -> Parts:
    """What lies in a window.

    Args:
        parts: The lines.
        window: xyxy in pixels, x2 and y2 exclusive.

    Example:

    >>> parts = Parts(np.array([0, 1]), np.array([0, 0]), np.array([4, 4]))
    >>> [values.tolist() for values in parts_within(parts, (1, 1, 3, 3))]
    [[1], [1], [3]]
    """
    x1, y1, x2, y2 = window
    top, bottom = np.maximum(parts.top, y1), np.minimum(parts.bottom, y2)
    kept = (top < bottom) & (parts.x >= x1) & (parts.x < x2)
    return Parts(parts.x[kept], top[kept], bottom[kept])


def parts_outside(parts: Parts, window: Window) -> Parts:
    """What lies not in a window.

    Args:
        parts: The lines.
        window: xyxy in pixels, x2 and y2 exclusive.

    Example:

    >>> parts = Parts(np.array([0, 1]), np.array([0, 0]), np.array([4, 4]))
    >>> [values.tolist() for values in parts_outside(parts, (1, 1, 3, 3))]
    [[0, 1, 1], [0, 0, 3], [4, 1, 4]]
    """
    x1, y1, x2, y2 = window
    beside = (parts.x < x1) | (parts.x >= x2)
    columns = Parts(*(values[~beside] for values in parts))
    lines = [
        Parts(*(values[beside] for values in parts)),
        Parts(columns.x, columns.top, np.minimum(columns.bottom, y1)),
        Parts(columns.x, np.maximum(columns.top, y2), columns.bottom),
    ]
    both = joined_parts(lines)
    return Parts(*(values[both.top < both.bottom] for values in both))


def enlarged_parts(parts: Parts, factor: int, size: Size) -> Parts:
    """The lines of a mask of which each pixel becomes a square.

    Args:
        parts: The lines.
        factor: The side of a square.
        size: (height, width) of the large mask in pixels; what is beyond is
            cut off.

    Example:

    >>> parts = Parts(np.array([1]), np.array([0]), np.array([1]))
    >>> [values.tolist() for values in enlarged_parts(parts, 2, (2, 4))]
    [[2, 3], [0, 0], [2, 2]]
    """
    x = np.repeat(parts.x * factor, factor)
    x += np.tile(np.arange(factor), len(parts.x))
    top = np.repeat(parts.top * factor, factor)
    bottom = np.repeat(parts.bottom * factor, factor)
    return parts_within(Parts(x, top, bottom), (0, 0, size[1], size[0]))
