"""Run lengths of masks, as COCO has them: numbers, or compressed text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, TypedDict

import numpy as np
from pycocotools import mask as coco_mask

from keras_solo.geometry.column_runs import Runs, runs_extent
from keras_solo.geometry.size import Size

Counts: TypeAlias = str | bytes | Sequence[int]
"""Lengths of the runs outside, inside, outside, ... of a mask, down its
columns; as numbers or as COCO's compressed text."""

# A sign of compressed text holds five bits of a number, and whether it ends.
FIRST_SIGN, SIGNS, GOES_ON, NEGATIVE = 48, 64, 32, 16
BITS = 5
# So many hold 32 bits and the sign of a difference.
MOST_SIGNS = 7
LONGEST = 2**32 - 1


class RunLengths(TypedDict):
    """A mask as run lengths, as COCO has them."""

    size: Sequence[int]
    counts: Counts


def encode_runs(runs: Runs, size: Size) -> RunLengths:
    """Runs of a mask as compressed run lengths that JSON can hold.

    Args:
        runs: uint32, lengths of the runs outside, inside, outside, ..., down
            the columns. They must add up to the pixels of the mask.
        size: (height, width) of the mask in pixels.

    Returns:
        `{"size": [h, w], "counts": str}`.

    Example:

    >>> encode_runs(np.array([0, 6], np.uint32), (2, 3))
    {'size': [2, 3], 'counts': '06'}
    """
    height, width = (int(side) for side in size)
    raw = {"size": [height, width], "counts": runs}
    counts = coco_mask.frPyObjects(raw, height, width)["counts"]
    return {"size": [height, width], "counts": counts.decode("ascii")}


def rle_counts(counts: Counts) -> np.ndarray:
    """The run lengths in `counts`, compressed or not.

    Pycocotools reads beyond the end of run lengths that do not add up to the
    size of the mask, and whatever else it is given, so they are read and
    checked before it sees them.

    Args:
        counts: What stands under "counts" in a COCO segmentation.

    Returns:
        int64, the lengths of the runs: outside, inside, outside, ...

    Raises:
        ValueError: If they are no whole numbers from 0 to 4294967295, or no
            compressed text.

    Example:

    >>> rle_counts(b"0136").tolist(), rle_counts([4, 2]).tolist()
    ([0, 1, 3, 7], [4, 2])
    """
    if isinstance(counts, str | bytes):
        runs = _decompressed(counts)
    else:
        runs = np.asarray(counts)
        if runs.ndim != 1 or (len(runs) and runs.dtype.kind not in "iu"):
            raise ValueError("Expected run lengths that are whole numbers.")
    if len(runs) and not (runs.min() >= 0 and runs.max() <= LONGEST):
        raise ValueError(f"Expected run lengths from 0 to {LONGEST}.")
    return runs.astype(np.int64, copy=False)


def fitting_counts(counts: Counts, size: Size) -> np.ndarray:
    """The run lengths in `counts`, which add up to the pixels of a mask.

    Args:
        counts: What stands under "counts" in a COCO segmentation.
        size: (height, width) of the mask in pixels.

    Raises:
        ValueError: If they do not, or as `rle_counts`.
    """
    runs = rle_counts(counts)
    total, pixels = int(runs.sum()), size[0] * size[1]
    if total != pixels:
        raise ValueError(
            f"Expected run lengths that add up to {pixels}, the pixels of "
            f"{size[0]} x {size[1]} (height x width). Received: {total}"
        )
    return runs


def _decompressed(text: str | bytes) -> np.ndarray:
    """The numbers in compressed text, int64."""
    data = text.encode() if isinstance(text, str) else text
    signs = np.frombuffer(data, np.uint8).astype(np.int64) - FIRST_SIGN
    if not len(signs):
        return signs
    if signs.min() < 0 or signs.max() >= SIGNS:
        raise ValueError("Compressed run lengths have a sign of no meaning.")
    ends = np.flatnonzero(signs < GOES_ON)
    if signs[-1] >= GOES_ON:
        raise ValueError("Compressed run lengths end within a number.")
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > MOST_SIGNS:
        raise ValueError("Compressed run lengths have a number too large.")
    shifts = BITS * (np.arange(len(signs)) - np.repeat(starts, lengths))
    values = np.add.reduceat(signs % GOES_ON << shifts, starts)
    values -= np.where(signs[ends] & NEGATIVE, 1 << BITS * lengths, 0)
    # From the fourth on, the difference to the last but one.
    values[1::2] = values[1::2].cumsum()
    values[2::2] = values[2::2].cumsum()
    return values


def rle_box(runs: np.ndarray, height: int) -> tuple[float, float, float, float]:
    """Tight box of run lengths, without a mask.

    Args:
        runs: `(n,)` integers, as of `rle_counts`.
        height: Pixels in a column.

    Returns:
        xyxy in pixels, x2 and y2 exclusive; zeros for an empty mask.

    Example:

    >>> rle_box(np.array([3, 1, 2]), height=2)
    (1.0, 1.0, 2.0, 2.0)
    """
    x1, y1, x2, y2 = runs_extent(runs, height)
    return float(x1), float(y1), float(x2), float(y2)
