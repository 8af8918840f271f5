"""Two values of an image that become 0 and 255, found block by block."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

# A table has an entry for each value of these.
TABLED = (np.dtype(np.uint8), np.dtype(np.uint16))
# Counting makes eight bytes of each value.
COUNTED_AT_ONCE = 1 << 20


@dataclasses.dataclass(frozen=True)
class Stretch:
    """A linear map to 8 bits, clipped at both ends.

    Args:
        low: What becomes 0.
        high: What becomes 255. Where it is `low`, larger values do.
        most: The largest finite value of the image: inf counts as it. NaN
            counts as the smallest, as -inf does.

    Example:

    >>> stretch = Stretch(100.0, 300.0, most=9000.0)
    >>> stretch.to_uint8(np.array([[100, 200, 300, 9000]], np.uint16))
    array([[  0, 128, 255, 255]], dtype=uint8)
    """

    low: float
    high: float
    most: float

    def to_uint8(self, pixels: np.ndarray) -> np.ndarray:
        """Maps pixels.

        Args:
            pixels: Integers or floats, of any shape.

        Returns:
            uint8 array of the same shape.
        """
        if pixels.dtype in TABLED:
            values = np.arange(np.iinfo(pixels.dtype).max + 1)
            return self._mapped(values)[pixels]
        if pixels.dtype.kind == "f":
            low = -math.inf
            pixels = np.nan_to_num(
                pixels, nan=low, neginf=low, posinf=self.most
            )
        return self._mapped(pixels)

    def _mapped(self, pixels: np.ndarray) -> np.ndarray:
        low, high = self.low, self.high
        if low == high:
            return np.where(pixels > high, np.uint8(255), np.uint8(0))
        # The span of float64 need not be a float64.
        part = 0.5 if math.isinf(high - low) else 1.0
        span = high * part - low * part
        with np.errstate(over="ignore"):  # far beyond the ends: clipped
            parts = (pixels.astype(np.float64) * part - low * part) / span
        return np.rint(np.clip(parts, 0, 1) * 255).astype(np.uint8)


class PixelCounts:
    """How many pixels an image has of each value, added block by block.

    Example:

    >>> counts = PixelCounts()
    >>> counts.add(np.array([1, 3], np.uint8))
    >>> counts.add(np.array([3, 9], np.uint8))
    >>> counts.stretch((0, 75))
    Stretch(low=1.0, high=3.0, most=9.0)
    """

    def __init__(self) -> None:
        self._table = np.zeros(0, np.int64)
        self._others: list[np.ndarray] = []

    def add(self, pixels: np.ndarray) -> None:
        """Counts some pixels more.

        Args:
            pixels: Integers or floats, of any shape; always of one type. What
                is neither uint8 nor uint16 is kept until it is counted.

        Raises:
            ValueError: If they are no numbers.
        """
        if pixels.dtype.kind not in "uif":
            raise ValueError(
                f"expected pixels that are integers or floats. Received: "
                f"{pixels.dtype}"
            )
        flat = pixels.reshape(-1)
        if pixels.dtype not in TABLED:
            self._others.append(flat)
            return
        values = np.iinfo(pixels.dtype).max + 1
        if not len(self._table):
            self._table = np.zeros(values, np.int64)
        for start in range(0, len(flat), COUNTED_AT_ONCE):
            part = flat[start : start + COUNTED_AT_ONCE]
            self._table += np.bincount(part, minlength=values)

    def stretch(self, percentiles: Sequence[float]) -> Stretch:
        """What maps two percentiles of all pixels to 0 and 255.

        Args:
            percentiles: (lower, upper), 0 to 100.
        """
        if self._others:
            finite = _finite(np.concatenate(self._others))
            values, counts = np.unique(finite, return_counts=True)
        else:
            values = np.flatnonzero(self._table)
            counts = self._table[values]
        if not len(values):
            return Stretch(0.0, 0.0, 0.0)
        # Shares of three equal channels are those of one, to the last bit.
        shares = np.cumsum(counts) / np.sum(counts)
        low, high = np.searchsorted(shares, np.asarray(percentiles) / 100)
        return Stretch(
            float(values[low]), float(values[high]), float(values[-1])
        )


def _finite(pixels: np.ndarray) -> np.ndarray:
    """NaN and -inf become the smallest finite value, inf the largest."""
    known = np.isfinite(pixels)
    if known.all():
        return pixels
    if not known.any():
        return np.zeros(pixels.shape, np.uint8)
    low, high = pixels[known].min(), pixels[known].max()
    return np.nan_to_num(pixels, nan=low, neginf=low, posinf=high)
