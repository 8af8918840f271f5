"""One affine for image, polygons and boxes: resize, flip, crop, pad."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np

from keras_solo.geometry.letterbox import Letterbox
from keras_solo.geometry.size import Size


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
    return paste(placement, image, canvas)


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


def paste(
    placement: Placement, resized: np.ndarray, canvas: np.ndarray
) -> np.ndarray:
    if placement.flip:
        resized = resized[:, ::-1]
    x1, y1, x2, y2 = placement.window
    if x1 < x2 and y1 < y2:
        x, y = placement.offset
        canvas[y1:y2, x1:x2] = resized[y1 - y : y2 - y, x1 - x : x2 - x]
    return canvas
