"""Pixels of any depth to the 8 bits that a network takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import cv2
import numpy as np

from keras_solo.geometry.stretch import PixelCounts, Stretch

SCALINGS = ("type", "percentiles")


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
        return self.of_blocks([pixels]).to_uint8(pixels)

    def of_blocks(self, blocks: Iterable[np.ndarray]) -> FixedIntensity:
        """What scales each part of an image as the whole is scaled.

        Args:
            blocks: The pixels of one image, part by part: `(h, w)` or `(h, w,
                channels)`, all of one type. By type they are not looked at.
                Where they are a sample of the pixels, percentiles are those
                of the sample.

        Raises:
            ValueError: If pixels are no numbers.

        Example:

        >>> image = np.arange(60, dtype=np.uint16).reshape(6, 10)
        >>> by_percentiles = Intensity("percentiles", (0, 100))
        >>> fixed = by_percentiles.of_blocks([image[:3], image[3:]])
        >>> fixed.to_uint8(image[:1, -3:])
        array([[30, 35, 39]], dtype=uint8)
        """
        if not self.by_percentiles:
            return FixedIntensity()
        counts: list[PixelCounts] = []
        for block in blocks:
            each = self.per_channel and block.ndim == 3
            channels = np.moveaxis(block, 2, 0) if each else [block]
            counts = counts or [PixelCounts() for _ in channels]
            for count, channel in zip(counts, channels, strict=True):
                count.add(channel)
        return FixedIntensity(
            tuple(count.stretch(self.percentiles) for count in counts)
        )

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
        check_is_image(image)
        return self.of_blocks([image]).to_rgb(image)

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


@dataclasses.dataclass(frozen=True)
class FixedIntensity:
    """An intensity whose ends are known: scales any part of its image alike.

    Args:
        stretches: What becomes 0 and 255: of all channels, or one for each.
            None: pixels are scaled by their type.
    """

    stretches: tuple[Stretch, ...] = ()

    def to_uint8(self, pixels: np.ndarray) -> np.ndarray:
        """Scales a part of the image.

        Args:
            pixels: `(h, w)` or `(h, w, channels)`.

        Returns:
            uint8 array of the same shape.

        Raises:
            ValueError: If pixels of this type are not scaled so.
        """
        if not self.stretches:
            return scale_by_type(pixels)
        if len(self.stretches) == 1:
            return self.stretches[0].to_uint8(pixels)
        channels = [
            stretch.to_uint8(pixels[..., channel])
            for channel, stretch in enumerate(self.stretches)
        ]
        return np.stack(channels, axis=2)

    def to_rgb(self, pixels: np.ndarray) -> np.ndarray:
        """Scales a part of an image in grey or RGB.

        Args:
            pixels: `(h, w)` or `(h, w, 3)`.

        Returns:
            uint8 array `(h, w, 3)`; grey becomes three equal channels.
        """
        scaled = self.to_uint8(pixels)
        gray = scaled.ndim == 2
        return cv2.cvtColor(scaled, cv2.COLOR_GRAY2RGB) if gray else scaled


def check_is_image(image: np.ndarray) -> None:
    """An image in grey or RGB has pixels, and one or three channels.

    Raises:
        ValueError: If it has not.
    """
    if not image.size or not (image.ndim == 2 or image.shape[2:] == (3,)):
        raise ValueError(
            "Expected an image of shape (height, width) or (height, "
            f"width, 3). Received: shape {image.shape}"
        )


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
