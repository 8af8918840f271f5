"""What varies between samples: one affine each, and its colours."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from keras_solo.geometry.letterbox import Letterbox
from keras_solo.geometry.placement import Placement, place_image
from keras_solo.geometry.size import Size

LUMA = np.array([0.299, 0.587, 0.114])

# Scales from which on photos come as near to Lanczos' as by `cv2.INTER_AREA`
# (root mean square, within 0.25 of 255 levels): bilinearly, and in blocks.
LINEAR_FROM = 0.7
BLOCKS_FROM = 0.4


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How training images vary. `augment=True` uses these defaults.

    Each sample gets one affine: mirrored or not, made larger or smaller than
    its letterbox would make it, and placed on the canvas. What exceeds the
    canvas is cropped, what is left is padding. Then its colours change.

    `Augmentation(scale=(0.8, 1.0), placement="corner", brightness=0,
    contrast=0, saturation=0)` is close to what the reference does on its
    longer schedules.

    Args:
        flip: Probability of mirroring left to right.
        scale: (smallest, largest) factor on the letterbox's own scale.
        placement: `"random"` places (or crops) anywhere; `"corner"` keeps
            the top left corner, where the letterbox puts images.
        brightness: Largest shift, as a part of 255.
        contrast: Largest relative change of contrast.
        saturation: Largest relative change of saturation.

    Example:

    >>> augmentation = Augmentation(flip=0.0, scale=(0.5, 0.5))
    >>> rng = np.random.default_rng(0)
    >>> place = augmentation.sample_affine(rng, (64, 96), Letterbox((64, 64)))
    >>> place.resized_size, place.flip
    ((21, 32), False)
    """

    flip: float = 0.5
    scale: tuple[float, float] = (0.5, 1.25)
    placement: str = "random"
    brightness: float = 0.1
    contrast: float = 0.2
    saturation: float = 0.2

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "scale", tuple(float(factor) for factor in self.scale)
        )
        if not 0 <= self.flip <= 1:
            raise ValueError(
                f"Expected flip to be a probability. Received: flip={self.flip}"
            )
        if len(self.scale) != 2 or not 0 < self.scale[0] <= self.scale[1]:
            raise ValueError(
                "Expected scale to be (smallest, largest), both positive. "
                f"Received: scale={self.scale}"
            )
        if self.placement not in ("random", "corner"):
            raise ValueError(
                'Expected placement to be "random" or "corner". '
                f"Received: placement={self.placement!r}"
            )
        for name in ("brightness", "contrast", "saturation"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"Expected {name} between 0 and 1. "
                    f"Received: {name}={getattr(self, name)}"
                )

    def sample_affine(
        self,
        rng: np.random.Generator,
        original_size: Size,
        letterbox: Letterbox,
    ) -> Placement:
        """Draws where an image goes.

        Args:
            rng: Where the randomness comes from.
            original_size: (height, width) of the image in pixels.
            letterbox: What the scale is relative to, and the canvas.
        """
        flip = bool(rng.random() < self.flip)
        factor = rng.uniform(*self.scale)
        corner = rng.random(2)
        canvas = letterbox.canvas_size(original_size)
        scale = letterbox.scale(original_size) * factor
        height, width = (
            max(1, int(side * scale + 0.5)) for side in original_size
        )
        offset = (0, 0)
        if self.placement == "random":
            offset = (
                _between(canvas[1] - width, corner[0]),
                _between(canvas[0] - height, corner[1]),
            )
        return Placement(original_size, (height, width), canvas, offset, flip)

    def sample_colors(self, rng: np.random.Generator) -> np.ndarray:
        """Draws a change of colours.

        Returns:
            float64 `(3, 4)`: RGB1 to RGB, for `change_colors`.
        """
        brightness, contrast, saturation = rng.uniform(-1, 1, 3) * (
            self.brightness,
            self.contrast,
            self.saturation,
        )
        mix = (1 + saturation) * np.eye(3) - saturation * LUMA
        shift = 255 * brightness - 127.5 * contrast
        return np.hstack([(1 + contrast) * mix, np.full((3, 1), shift)])

    def apply_to_image(
        self,
        rng: np.random.Generator,
        placement: Placement,
        image: np.ndarray,
        letterbox: Letterbox,
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """Changes an image's colours and puts it on the canvas.

        An image that becomes smaller than its letterbox would make it does
        not alias: below seven tenths of its size it is averaged over areas.

        Args:
            rng: Where the randomness comes from.
            placement: From `sample_affine`.
            image: uint8 `(height, width, 3)`, the whole image.
            letterbox: Its size is the reference, its `pad_value` the padding.
            out: uint8 `(H, W, 3)`, the canvas to fill; a new one by default.

        Returns:
            uint8 array `(H, W, 3)`: the canvas.
        """
        image = change_colors(image, self.sample_colors(rng))
        own = letterbox.resized_size(placement.original_size)
        smaller = placement.resized_size[0] < min(
            own[0], placement.original_size[0]
        )
        interpolation = cv2.INTER_LINEAR
        if smaller:
            image, interpolation = _averaged(image, placement.resized_size)
        return place_image(
            placement, image, letterbox.pad_value, interpolation, out
        )

    # === Config ===

    def get_config(self) -> dict[str, object]:
        """The constructor's arguments, as JSON can hold them."""
        return {**dataclasses.asdict(self), "scale": list(self.scale)}

    @classmethod
    def from_config(cls, config: dict[str, object]) -> Augmentation:
        """The augmentation of a `get_config`."""
        return cls(**config)  # type: ignore[arg-type]


def change_colors(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A linear map of colours, rounded and kept within 0 to 255.

    Args:
        image: uint8 `(height, width, 3)`, RGB.
        matrix: `(3, 4)`, RGB1 to RGB.

    Returns:
        uint8 array of the same shape.
    """
    if np.array_equal(matrix, np.eye(3, 4)):
        return image
    return cv2.transform(image, matrix)


def _averaged(image: np.ndarray, size: Size) -> tuple[np.ndarray, int]:
    """An image to be resized to a smaller size, and OpenCV's rule for that.

    Averaging over areas of whole pixels is several times as fast as over parts
    of pixels, which `cv2.INTER_AREA` does: an image comes to twice the size
    bilinearly, and what remains are blocks of 2 x 2.
    """
    height, width = size
    scale = height / image.shape[0]
    if scale >= LINEAR_FROM:
        return image, cv2.INTER_LINEAR
    if scale >= BLOCKS_FROM:
        image = cv2.resize(image, (2 * width, 2 * height))
    return image, cv2.INTER_AREA


def _between(room: int, part: float) -> int:
    """A whole number from 0 to `room`, or from `room` to 0."""
    return int(np.floor(part * (abs(room) + 1))) * (1 if room >= 0 else -1)
