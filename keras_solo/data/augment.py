"""What varies between samples: one affine each, and its colours."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from keras_solo.data.object_crops import (
    check_enlarged,
    check_pixel_scale,
    show_object,
)
from keras_solo.geometry.affine import (
    AffinePlacement,
    AnyPlacement,
    warp_image,
)
from keras_solo.geometry.letterbox import Letterbox
from keras_solo.geometry.placement import Placement, place_image
from keras_solo.geometry.size import Size

LUMA = np.array([0.299, 0.587, 0.114])
# RGB to luma and two axes of chroma, in which a hue is an angle (NTSC).
YIQ = np.array([LUMA, [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])

# The largest value of each argument, the least is 0.
LIMITS = {
    "flip": 1.0,
    "brightness": 1.0,
    "contrast": 1.0,
    "saturation": 1.0,
    "vertical_flip": 1.0,
    "whole": 1.0,
    "rotation": 180.0,
    "shear": 60.0,
    "hue": 0.5,
    "min_visible": 1.0,
    "copy_paste": 1.0,
    "mosaic": 1.0,
}

# Scales from which on photos come as near to Lanczos' as by `cv2.INTER_AREA`
# (root mean square, within 0.25 of 255 levels): bilinearly, and in blocks.
LINEAR_FROM = 0.7
BLOCKS_FROM = 0.4


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How training images vary. `augment=True` uses these defaults.

    Each sample gets one affine: mirrored or not, made larger or smaller than
    its letterbox would make it, and placed on the canvas. What exceeds the
    canvas is cropped, what is left is padding. Then its colours change. All
    else is off until you choose it.

    `Augmentation(scale=(0.8, 1.0), placement="corner", brightness=0,
    contrast=0, saturation=0)` is close to what the reference does on its
    longer schedules.

    Cut objects: one without a pixel on the canvas is not labelled, nor is one
    of which less than `min_visible` is left after cropping and pasting. In a
    sample with pasted objects, one with fewer than 16 visible canvas pixels
    is not labelled either. The pixels themselves remain in the image.

    With `pixel_scale` images are not made to fit the canvas, but cropped, as
    `keras_solo.inference.Tiling(scale=...)` does, or padded. Of crops that
    would show no object, half are moved to one (not with `"corner"`).

    Args:
        flip: Probability of mirroring left to right.
        scale: (smallest, largest) factor on the letterbox's own scale, or
            on `pixel_scale`.
        placement: `"random"` places (or crops) anywhere; `"corner"` keeps
            the top left corner, where the letterbox puts images.
        brightness: Largest shift, as a part of 255.
        contrast: Largest relative change of contrast.
        saturation: Largest relative change of saturation.
        vertical_flip: Probability of mirroring top to bottom, for images
            without an up, as in microscopy.
        pixel_scale: Canvas pixels per pixel of the image, before `scale`
            varies it, in a mosaic, too. By default the letterbox's own.
        whole: With `pixel_scale`, the probability that an image has the
            letterbox's own scale all the same.
        rotation: Largest turn in degrees, to either side, up to 180, about
            the middle of what is visible of the image.
        shear: Largest lean of vertical lines in degrees, up to 60.
        hue: Largest shift of hues, as a part of the whole circle, up to 0.5.
        min_visible: The least part of an object, 0 to 1, that must be
            visible for it to be labelled; the whole is what its own image
            shows. With 0 one pixel is enough, as in the reference.
        copy_paste: Probability that objects of another image are pasted, a
            random half of them. Crowds never are.
        mosaic: Probability that the canvas is divided among four images,
            each half as large as it would be alone.

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
    vertical_flip: float = 0.0
    pixel_scale: float | None = None
    whole: float = 0.0
    rotation: float = 0.0
    shear: float = 0.0
    hue: float = 0.0
    min_visible: float = 0.0
    copy_paste: float = 0.0
    mosaic: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "scale", tuple(float(factor) for factor in self.scale)
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
        check_pixel_scale(self.pixel_scale, self.whole)
        for name, limit in LIMITS.items():
            if not 0 <= getattr(self, name) <= limit:
                raise ValueError(
                    f"Expected {name} between 0 and {limit:g}. "
                    f"Received: {name}={getattr(self, name)}"
                )

    @classmethod
    def large_scale_jitter(cls, **changes: float | str) -> Augmentation:
        """Scales from a tenth to twice the letterbox's, and mirrors.

        For long schedules. Colours vary as by default, which the paper leaves
        as they are.

        Args:
            **changes: Other arguments than these, as `copy_paste=0.5`.

        Example:

        >>> Augmentation.large_scale_jitter().scale
        (0.1, 2.0)

        Source: Ghiasi et al., "Simple Copy-Paste is a Strong Data
        Augmentation Method for Instance Segmentation", arXiv:2012.07177.
        """
        return cls(**{"scale": (0.1, 2.0), **changes})  # type: ignore[arg-type]

    @property
    def composes(self) -> bool:
        """Whether a sample may show several images."""
        return self.mosaic > 0 or self.copy_paste > 0

    @property
    def selects(self) -> bool:
        """Whether objects get their slots by what is in sight of them."""
        return self.composes or self.pixel_scale is not None

    def sample_affine(
        self,
        rng: np.random.Generator,
        original_size: Size,
        letterbox: Letterbox,
        quadrant: Size | None = None,
        boxes: np.ndarray | None = None,
    ) -> AnyPlacement:
        """Draws where an image goes.

        Args:
            rng: Where the randomness comes from.
            original_size: (height, width) of the image in pixels.
            letterbox: What the scale is relative to, and the canvas.
            quadrant: (height, width) in pixels of a part of the canvas that
                is taken for all of it. The image becomes half as large.
            boxes: `(n, 4)` xyxy, original pixels: the objects that crops with
                `pixel_scale` shall show.

        Raises:
            ValueError: If it would become too large for any memory.
        """
        flip = bool(rng.random() < self.flip)
        factor = rng.uniform(*self.scale)
        corner = rng.random(2)
        canvas = quadrant or letterbox.canvas_size(original_size)
        scale = pixel_scale = self._next_pixel_scale(rng)
        if scale is None:
            scale = letterbox.scale(original_size) / (2 if quadrant else 1)
        height, width = (
            max(1, int(side * scale * factor + 0.5)) for side in original_size
        )
        check_enlarged((height, width), original_size)
        offset = (0, 0)
        if self.placement == "random":
            offset = (
                _between(canvas[1] - width, corner[0]),
                _between(canvas[0] - height, corner[1]),
            )
        down = bool(self.vertical_flip and rng.random() < self.vertical_flip)
        place = Placement(
            original_size, (height, width), canvas, offset, flip, down
        )
        if pixel_scale and boxes is not None and self.placement == "random":
            place = show_object(place, boxes, rng)
        if not self.rotation and not self.shear:
            return place
        turn, lean = rng.uniform(-1, 1, 2) * (self.rotation, self.shear)
        return AffinePlacement(place, float(turn), float(lean))

    def _next_pixel_scale(self, rng: np.random.Generator) -> float | None:
        # Nothing is drawn for what is off: old seeds give what they gave.
        if self.whole and rng.random() < self.whole:
            return None
        return self.pixel_scale

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
        if self.hue:
            mix = mix @ _hue_shift(rng.uniform(-self.hue, self.hue))
        shift = 255 * brightness - 127.5 * contrast
        return np.hstack([(1 + contrast) * mix, np.full((3, 1), shift)])

    def apply_to_image(
        self,
        rng: np.random.Generator,
        placement: AnyPlacement,
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
        if isinstance(placement, AffinePlacement):
            return warp_image(placement, image, letterbox.pad_value, out)
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


def _hue_shift(turn: float) -> np.ndarray:
    """`(3, 3)`, RGB to RGB: turned about grey by a part of a circle."""
    cosine, sine = np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)
    chroma = [[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]]
    return np.linalg.inv(YIQ) @ np.array(chroma) @ YIQ


def chosen_augmentation(augment: bool | Augmentation) -> Augmentation | None:
    """What an argument `augment` means: the defaults, one's own, or none."""
    if isinstance(augment, Augmentation):
        return augment
    if not isinstance(augment, bool):
        raise ValueError(
            "Expected augment to be True, False or an Augmentation. "
            f"Received: {augment!r}"
        )
    return Augmentation() if augment else None


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
