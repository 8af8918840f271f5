"""Pixels of any depth to the 8 bits that a network takes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

SCALINGS = ("type", "percentiles")
# A table has an entry for each value of these.
TABLED = (np.dtype(np.uint8), np.dtype(np.uint16))


@dataclasses.dataclass(frozen=True)
class Intensity:
    """How the values of pixels become 8 bits.

    Two scalings:

    - `"type"`: by what the type could hold. 8 bits stay, of 16 bits 65535
      becomes 255. A camera of 12 bits uses a sixteenth of that: its images
      come out nearly black.
    - `"percentiles"`: by what the image holds, as is the habit in microscopy.
      The two percentiles of an image's own pixels become 0 and 255, what lies
      between them is mapped linearly, what lies beyond them is clipped. Any
      integers and floats are taken, signed ones, too.

    It is a part of a `Letterbox`, and so of a model and its presets: what a
    model is trained on and what it predicts on are scaled alike.

    A percentile is the smallest value of the image that has at least so many
    percent of its pixels at or below it, so there is nothing to interpolate,
    and three equal channels have the percentiles of one. An image of one value
    becomes 0. Where both percentiles are one value, larger ones become 255.
    NaN counts as the smallest finite value of its image, as -inf does, and inf
    as the largest. What has been scaled by percentiles stays as it is when it
    is scaled again by the same.

    Args:
        scaling: `"type"` or `"percentiles"`.
        percentiles: (lower, upper), 0 to 100, for `"percentiles"`.
        per_channel: Whether each channel has percentiles of its own. That is
            for channels that are stains or wavelengths; it changes the
            colours of a photo. By default all channels share them.

    Example:

    >>> ramp = np.arange(0, 4096, 16, dtype=np.uint16).reshape(16, 16)
    >>> Intensity().to_uint8(ramp).max()
    np.uint8(16)
    >>> Intensity("percentiles").to_uint8(ramp).max()
    np.uint8(255)

    Source: StarDist's examples normalise with the percentiles 1 and 99.8
    (`csbdeep.utils.normalize`), Cellpose with 1 and 99. Both leave floats, and
    neither clips by default: here the result has 8 bits.
    """

    scaling: str = "type"
    percentiles: tuple[float, float] = (1.0, 99.8)
    per_channel: bool = False

    def __post_init__(self) -> None:
        if self.scaling not in SCALINGS:
            raise ValueError(
                'Expected scaling to be "type" or "percentiles". '
                f"Received: scaling={self.scaling!r}"
            )
        if not isinstance(self.per_channel, bool):
            raise ValueError(
                "Expected per_channel to be True or False. "
                f"Received: per_channel={self.per_channel!r}"
            )
        object.__setattr__(
            self, "percentiles", checked_percentiles(self.percentiles)
        )

    @property
    def by_percentiles(self) -> bool:
        """Whether the scaling is `"percentiles"`."""
        return self.scaling == "percentiles"

    def to_uint8(self, pixels: np.ndarray) -> np.ndarray:
        """Scales the pixels of one image.

        Args:
            pixels: `(height, width)` or `(height, width, channels)`: uint8 or
                uint16 by type, any integers or floats by percentiles.

        Returns:
            uint8 array of the same shape.

        Raises:
            ValueError: If pixels of this type are not scaled so.
        """
        if not self.by_percentiles:
            return scale_by_type(pixels)
        if not self.per_channel or pixels.ndim < 3:
            return scale_by_percentiles(pixels, self.percentiles)
        channels = [
            scale_by_percentiles(pixels[..., channel], self.percentiles)
            for channel in range(pixels.shape[2])
        ]
        return np.stack(channels, axis=2)

    def to_rgb(self, image: np.ndarray) -> np.ndarray:
        """Scales an image in grey or RGB.

        Args:
            image: `(height, width)` or `(height, width, 3)`, of a type that
                `to_uint8` takes.

        Returns:
            uint8 array `(height, width, 3)`; grey becomes three equal
            channels.

        Raises:
            ValueError: If its shape or its type is another one.
        """
        gray = image.ndim == 2
        if not image.size or not (gray or image.shape[2:] == (3,)):
            raise ValueError(
                "Expected an image of shape (height, width) or (height, "
                f"width, 3). Received: shape {image.shape}"
            )
        scaled = self.to_uint8(image)
        return cv2.cvtColor(scaled, cv2.COLOR_GRAY2RGB) if gray else scaled

    def get_config(self) -> dict[str, object]:
        """The constructor's arguments, as JSON can hold them."""
        return {
            "scaling": self.scaling,
            "percentiles": list(self.percentiles),
            "per_channel": self.per_channel,
        }

    @classmethod
    def from_config(cls, config: object) -> Intensity:
        """The intensity of a `get_config`; one that is there already stays."""
        if isinstance(config, cls):
            return config
        if not isinstance(config, Mapping):
            raise ValueError(
                "Expected an Intensity, or the dict of its arguments. "
                f"Received: {config!r}"
            )
        return cls(**config)


def checked_percentiles(percentiles: object) -> tuple[float, float]:
    """Two numbers in order, 0 to 100.

    Raises:
        ValueError: If they are something else.
    """
    try:
        low, high = map(float, percentiles)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        low, high = 0.0, -1.0
    if not 0 <= low < high <= 100 or isinstance(percentiles, str | bytes):
        raise ValueError(
            "Expected two percentiles, 0 to 100, the lower one first. "
            f"Received: percentiles={percentiles!r:.200}"
        )
    return low, high


def scale_by_type(pixels: np.ndarray) -> np.ndarray:
    """8 bits as they are, 16 bits divided by 257 and rounded.

    Args:
        pixels: uint8 or uint16, of any shape.

    Returns:
        uint8 array of the same shape.

    Raises:
        ValueError: If they are of another type.
    """
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    raise ValueError(
        "expected an image of 8 or 16 bits per channel (scaling by "
        f"percentiles takes any integers and floats). Received: {pixels.dtype}"
    )


def scale_by_percentiles(
    pixels: np.ndarray, percentiles: Sequence[float]
) -> np.ndarray:
    """Maps two percentiles of all pixels to 0 and 255.

    Args:
        pixels: Integers or floats, of any shape.
        percentiles: (lower, upper), 0 to 100.

    Returns:
        uint8 array of the same shape.

    Raises:
        ValueError: If pixels are no numbers.

    Example:

    >>> pixels = np.array([[100, 200, 300, 9000]], np.uint16)
    >>> scale_by_percentiles(pixels, (0, 75))
    array([[  0, 128, 255, 255]], dtype=uint8)
    """
    if pixels.dtype.kind not in "uif":
        raise ValueError(
            f"expected pixels that are integers or floats. Received: "
            f"{pixels.dtype}"
        )
    if pixels.dtype in TABLED:
        values = np.arange(np.iinfo(pixels.dtype).max + 1)
        counts = np.bincount(pixels.reshape(-1), minlength=len(values))
        there = counts > 0
        ends = _ends(values[there], counts[there], percentiles)
        return _stretched(values, *ends)[pixels]
    finite = _finite(pixels)
    ends = _ends(*np.unique(finite, return_counts=True), percentiles)
    return _stretched(finite, *ends)


def _finite(pixels: np.ndarray) -> np.ndarray:
    """NaN and -inf become the smallest finite value, inf the largest."""
    known = np.isfinite(pixels)
    if known.all():
        return pixels
    if not known.any():
        return np.zeros(pixels.shape, np.uint8)
    low, high = pixels[known].min(), pixels[known].max()
    return np.nan_to_num(pixels, nan=low, neginf=low, posinf=high)


def _ends(
    values: np.ndarray, counts: np.ndarray, percentiles: Sequence[float]
) -> tuple[float, float]:
    """The first value of each percentile; no pixels have 0.

    Args:
        values: What the pixels are, in their order.
        counts: How many they are of each value.
        percentiles: (lower, upper), 0 to 100.
    """
    if not len(values):
        return 0.0, 0.0
    # Shares of three equal channels are those of one, to the last bit.
    shares = np.cumsum(counts) / np.sum(counts)
    low, high = np.searchsorted(shares, np.asarray(percentiles) / 100)
    return float(values[low]), float(values[high])


def _stretched(pixels: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values to 8 bits: from `low` on above 0, from `high` on 255."""
    if low == high:
        return np.where(pixels > high, np.uint8(255), np.uint8(0))
    # The span of float64 need not be a float64.
    part = 0.5 if math.isinf(high - low) else 1.0
    span = high * part - low * part
    with np.errstate(over="ignore"):  # far beyond the ends: clipped
        parts = (pixels.astype(np.float64) * part - low * part) / span
    return np.rint(np.clip(parts, 0, 1) * 255).astype(np.uint8)
