"""ONE affine per sample, for image, polygons and boxes; and its colours."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from keras_solo.data.masks import Segmentation, is_rle, rasterize
from keras_solo.geometry import Letterbox
from keras_solo.geometry.size import Size

LUMA = np.array([0.299, 0.587, 0.114])


# === Where an image goes on its canvas ===


@dataclasses.dataclass(frozen=True)
class Placement:
    """An affine map from original to canvas pixels: resize, flip, shift.

    Sides and offsets are whole canvas pixels, so that an image is resampled
    once, and polygons and boxes follow exactly. Coordinates are continuous:
    pixel i spans i to i + 1, as in COCO polygons and boxes.

    Args:
        original_size: (height, width) of the image in pixels.
        resized_size: (height, width) of the whole image on the canvas, before
            cropping.
        canvas_size: (height, width) of the canvas.
        offset: (x, y) of the resized image's top left corner on the canvas.
            Negative offsets crop.
        flip: Whether the image is mirrored, left to right.
    """

    original_size: Size
    resized_size: Size
    canvas_size: Size
    offset: tuple[int, int] = (0, 0)
    flip: bool = False

    @classmethod
    def of_letterbox(
        cls, letterbox: Letterbox, original_size: Size
    ) -> Placement:
        """Where the letterbox itself puts an image."""
        return cls(
            original_size,
            letterbox.resized_size(original_size),
            letterbox.canvas_size(original_size),
        )

    @property
    def factors(self) -> tuple[float, float]:
        """(x, y) canvas pixels per original pixel."""
        return (
            self.resized_size[1] / self.original_size[1],
            self.resized_size[0] / self.original_size[0],
        )

    @property
    def matrix(self) -> np.ndarray:
        """float64 `(2, 3)`: original (x, y, 1) to canvas (x, y)."""
        x, y = self.factors
        shift_x, shift_y = self.offset
        if self.flip:
            x, shift_x = -x, shift_x + self.resized_size[1]
        return np.array([[x, 0.0, shift_x], [0.0, y, shift_y]])

    @property
    def window(self) -> tuple[int, int, int, int]:
        """xyxy, canvas pixels: the part of the canvas with image on it."""
        x, y = self.offset
        height, width = self.resized_size
        return (
            max(x, 0),
            max(y, 0),
            min(x + width, self.canvas_size[1]),
            min(y + height, self.canvas_size[0]),
        )


def place_image(
    placement: Placement,
    image: np.ndarray,
    pad_value: Sequence[float],
    interpolation: int = cv2.INTER_LINEAR,
) -> np.ndarray:
    """Puts an image on its canvas.

    With `Placement.of_letterbox` the result is `Letterbox.to_canvas`, rounded
    to uint8.

    Args:
        placement: Where.
        image: uint8 `(height, width, 3)`, original pixels.
        pad_value: RGB, 0 to 255, beside the image.
        interpolation: OpenCV's; bilinear is what the letterbox uses.

    Returns:
        uint8 array `(H, W, 3)`.
    """
    size = (image.shape[0], image.shape[1])
    height, width = placement.resized_size
    if (height, width) != size:
        image = cv2.resize(image, (width, height), interpolation=interpolation)
    canvas = np.empty((*placement.canvas_size, 3), np.uint8)
    # Row by row: ten times as fast as pixel by pixel.
    canvas[:] = np.tile(
        np.rint(pad_value).astype(np.uint8), (canvas.shape[1], 1)
    )
    return _paste(placement, image, canvas)


def place_boxes(placement: Placement, boxes: np.ndarray) -> np.ndarray:
    """Moves boxes to the canvas and clips them there.

    Args:
        placement: Where.
        boxes: `(n, 4)` xyxy, original pixels.

    Returns:
        float32 array `(n, 4)`, xyxy, canvas pixels. A box beside the canvas
        has no width or no height.
    """
    x, y = placement.factors
    scale = np.array([x, y, x, y], np.float32)
    boxes = np.asarray(boxes, np.float32) * scale
    if placement.flip:
        right = np.float32(placement.resized_size[1])
        boxes[:, [0, 2]] = right - boxes[:, [2, 0]]
    boxes += np.tile(np.asarray(placement.offset, np.float32), 2)
    x1, y1, x2, y2 = placement.window
    low = np.array([x1, y1, x1, y1], np.float32)
    return np.clip(boxes, low, np.array([x2, y2, x2, y2], np.float32))


def place_mask(placement: Placement, segmentation: Segmentation) -> np.ndarray:
    """Draws an object on the canvas.

    Polygons are moved vertex by vertex and drawn on the canvas itself.
    (The reference draws them at the original size and resizes that mask to
    the nearest pixel, see `place_mask_like_reference`.) Run lengths have
    pixels only: they are resized to the pixel whose centre is nearest.

    Args:
        placement: Where.
        segmentation: Polygons or run lengths, original pixels.

    Returns:
        uint8 array `(H, W)` of 0 and 1, nothing outside the image.
    """
    if is_rle(segmentation):
        return _place_pixels(placement, segmentation, cv2.INTER_NEAREST_EXACT)
    canvas = np.zeros(placement.canvas_size, np.uint8)
    x1, y1, x2, y2 = placement.window
    matrix = placement.matrix
    scale, shift = np.diag(matrix), matrix[:, 2] - (x1, y1)
    polygons = [
        np.reshape(part, (-1, 2)) * scale + shift for part in segmentation
    ]
    # Drawn in its own part of the window: the canvas may be large.
    points = np.concatenate(polygons)
    room = np.array([x2 - x1, y2 - y1])
    low = np.clip(np.floor(points.min(axis=0)), 0, room).astype(int)
    high = np.clip(np.ceil(points.max(axis=0)) + 1, 0, room).astype(int)
    width, height = (high - low).tolist()
    if width > 0 and height > 0:
        part = [(polygon - low).ravel() for polygon in polygons]
        x, y = low + (x1, y1)
        canvas[y : y + height, x : x + width] = rasterize(part, (height, width))
    return canvas


def place_mask_like_reference(
    placement: Placement, segmentation: Segmentation
) -> np.ndarray:
    """Draws an object on the canvas by way of a mask at the original size.

    Args:
        placement: Where.
        segmentation: Polygons or run lengths, original pixels.

    Returns:
        uint8 array `(H, W)` of 0 and 1.

    Source: `BitmapMasks.rescale` in MMDetection, with OpenCV's nearest
    neighbour, which takes the pixel left of or above the nearest one where
    masks shrink.
    """
    return _place_pixels(placement, segmentation, cv2.INTER_NEAREST)


def _place_pixels(
    placement: Placement, segmentation: Segmentation, interpolation: int
) -> np.ndarray:
    mask = rasterize(segmentation, placement.original_size)
    height, width = placement.resized_size
    if (height, width) != tuple(placement.original_size):
        mask = cv2.resize(mask, (width, height), interpolation=interpolation)
    return _paste(placement, mask, np.zeros(placement.canvas_size, np.uint8))


def _paste(
    placement: Placement, resized: np.ndarray, canvas: np.ndarray
) -> np.ndarray:
    if placement.flip:
        resized = resized[:, ::-1]
    x1, y1, x2, y2 = placement.window
    if x1 < x2 and y1 < y2:
        x, y = placement.offset
        canvas[y1:y2, x1:x2] = resized[y1 - y : y2 - y, x1 - x : x2 - x]
    return canvas


# === What varies ===


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
    ) -> np.ndarray:
        """Changes an image's colours and puts it on the canvas.

        An image that becomes smaller than its letterbox would make it is
        averaged over areas, so that it does not alias.

        Args:
            rng: Where the randomness comes from.
            placement: From `sample_affine`.
            image: uint8 `(height, width, 3)`, original pixels.
            letterbox: Its size is the reference, its `pad_value` the padding.

        Returns:
            uint8 array `(H, W, 3)`.
        """
        image = change_colors(image, self.sample_colors(rng))
        own = letterbox.resized_size(placement.original_size)
        smaller = placement.resized_size[0] < min(
            own[0], placement.original_size[0]
        )
        return place_image(
            placement,
            image,
            letterbox.pad_value,
            cv2.INTER_AREA if smaller else cv2.INTER_LINEAR,
        )

    # === Config ===

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON can hold them."""
        return {**dataclasses.asdict(self), "scale": list(self.scale)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Augmentation:
        return cls(**config)


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


def _between(room: int, part: float) -> int:
    """A whole number from 0 to `room`, or from `room` to 0."""
    return int(np.floor(part * (abs(room) + 1))) * (1 if room >= 0 else -1)
