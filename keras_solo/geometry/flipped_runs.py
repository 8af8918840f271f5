"""Masks mirrored, as runs: no pixel is looked at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from keras_solo.geometry.column_runs import Runs, joined_runs, run_places
from keras_solo.geometry.size import Size


class Flip(NamedTuple):
    """How an image is mirrored; twice is as it was."""

    horizontal: bool
    vertical: bool


FLIPS = {
    "none": Flip(False, False),
    "horizontal": Flip(True, False),
    "vertical": Flip(False, True),
    "both": Flip(True, True),
}
"""Horizontal is left to right, vertical top to bottom."""


def flipped_runs(runs: Runs, size: Size, flip: Flip) -> Runs:
    """The runs of a mirrored mask.

    Args:
        runs: Of the mask, down its columns.
        size: (height, width) of the mask in pixels.
        flip: Whether left and right, and top and bottom, change places.

    Returns:
        uint32 `(m,)`.

    Example:

    >>> runs = np.array([0, 1, 5])  # the top left pixel of 2 x 3
    >>> flipped_runs(runs, (2, 3), FLIPS["horizontal"]).tolist()
    [4, 1, 1]
    >>> flipped_runs(runs, (2, 3), FLIPS["both"]).tolist()
    [5, 1]
    """
    if not any(flip):
        return runs
    starts, stops = run_places(runs)
    if all(flip):
        pixels = size[0] * size[1]
        return joined_runs(pixels - stops[::-1], pixels - starts[::-1], size)
    starts, stops, columns = _within_columns(starts, stops, size[0])
    if flip.horizontal:
        moved = (size[1] - 1 - 2 * columns) * size[0]
        starts, stops = starts + moved, stops + moved
    else:
        mirrors = (2 * columns + 1) * size[0]
        starts, stops = mirrors - stops, mirrors - starts
    order = np.argsort(starts)
    return joined_runs(starts[order], stops[order], size)


def _within_columns(
    starts: np.ndarray, stops: np.ndarray, height: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs cut where a column ends, and the column of each."""
    first, last = starts // height, (stops - 1) // height
    counts = last - first + 1
    run = np.repeat(np.arange(len(starts)), counts)
    steps = np.arange(len(run)) - np.repeat(np.cumsum(counts) - counts, counts)
    columns = first[run] + steps
    starts = np.maximum(starts[run], columns * height)
    stops = np.minimum(stops[run], (columns + 1) * height)
    return starts, stops, columns
