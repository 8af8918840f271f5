"""One affine for image, polygons and boxes: resize, flip, crop, pad."""

from __future__ import annotations

import dataclasses
import functools
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
        vertical_flip: Whether it is mirrored, top to bottom.
    """

    original_size: Size
    resized_size: Size
    canvas_size: Size
    offset: tuple[int, int] = (0, 0)
    flip: bool = False
    vertical_flip: bool = False

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

    @functools.cached_property
    def matrix(self) -> np.ndarray:
        """float64 `(2, 3)`: original (x, y, 1) to canvas (x, y)."""
        x, y = self.factors
        shift_x, shift_y = self.offset
        if self.flip:
            x, shift_x = -x, shift_x + self.resized_size[1]
        if self.vertical_flip:
            y, shift_y = -y, shift_y + self.resized_size[0]
        return np.array([[x, 0.0, shift_x], [0.0, y, shift_y]])

    @functools.cached_property
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

    @functools.cached_property
    def to_window(self) -> tuple[np.ndarray, np.ndarray]:
        """float64 (x, y) factors and shifts: original pixels to the window's.

        The corner of the window is (0, 0).
        """
        matrix, (x, y, _, _) = self.matrix, self.window
        return np.diag(matrix), matrix[:, 2] - (x, y)

    def sources(self, interpolation: int) -> tuple[np.ndarray, np.ndarray]:
        """Which original pixel each pixel of the window takes.

        Args:
            interpolation: OpenCV's: `cv2.INTER_NEAREST` or
                `cv2.INTER_NEAREST_EXACT`.

        Returns:
            int64 arrays: the original column of each column of the window,
            and the original row of each of its rows.
        """
        height, width = self.resized_size
        columns = _nearest(self.original_size[1], width, interpolation)
        rows = _nearest(self.original_size[0], height, interpolation)
        if self.flip:
            columns = columns[::-1]
        if self.vertical_flip:
            rows = rows[::-1]
        (x, y), (x1, y1, x2, y2) = self.offset, self.window
        return columns[x1 - x : max(x2, x1) - x], rows[y1 - y : max(y2, y1) - y]


def _nearest(original: int, resized: int, interpolation: int) -> np.ndarray:
    """The original pixel that OpenCV takes for each resized one."""
    # A line of numbers, resized: OpenCV itself says where they come from.
    line = np.arange(original, dtype=np.float32)[None]
    return cv2.resize(line, (resized, 1), interpolation=interpolation)[
        0
    ].astype(np.int64)


def place_image(
    placement: Placement,
    image: np.ndarray,
    pad_value: Sequence[float],
    interpolation: int = cv2.INTER_LINEAR,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Puts an image on its canvas.

    With `Placement.of_letterbox` the result is `Letterbox.to_canvas`, rounded
    to uint8.

    Args:
        placement: Where.
        image: uint8 `(height, width, 3)`, the whole image: at its original
            size, or decoded at a reduced one.
        pad_value: RGB, 0 to 255, beside the image.
        interpolation: OpenCV's; bilinear is what the letterbox uses.
        out: uint8 `(H, W, 3)`, the canvas to fill; a new one by default.

    Returns:
        uint8 array `(H, W, 3)`: the canvas.
    """
    if out is None:
        out = np.empty((*placement.canvas_size, 3), np.uint8)
    x1, y1, x2, y2 = placement.window
    if x1 >= x2 or y1 >= y2:
        _pad(out, pad_value)
        return out
    for beside in (out[:y1], out[y2:], out[y1:y2, :x1], out[y1:y2, x2:]):
        _pad(beside, pad_value)
    _resize_into(placement, image, interpolation, out[y1:y2, x1:x2])
    return out


def _pad(canvas: np.ndarray, pad_value: Sequence[float]) -> None:
    if not canvas.size:
        return
    # Row by row: ten times as fast as pixel by pixel.
    canvas[:] = np.tile(
        np.rint(pad_value).astype(np.uint8), (canvas.shape[1], 1)
    )


def _resize_into(
    placement: Placement,
    image: np.ndarray,
    interpolation: int,
    window: np.ndarray,
) -> None:
    """Writes an image, resized, flipped and cropped, in a canvas's window."""
    height, width = placement.resized_size
    resizes = image.shape[:2] != (height, width)
    whole = window.shape[:2] == (height, width)
    flips = placement.flip or placement.vertical_flip
    if resizes and whole and not flips:
        cv2.resize(
            image, (width, height), dst=window, interpolation=interpolation
        )
        return
    if resizes:
        image = cv2.resize(image, (width, height), interpolation=interpolation)
    x1, y1, x2, y2 = placement.window
    x, y = placement.offset
    if placement.flip:
        # What is right on the canvas is left in the image.
        x1, x2, x = -x2, -x1, -x - width
    if placement.vertical_flip:
        y1, y2, y = -y2, -y1, -y - height
    part = image[y1 - y : y2 - y, x1 - x : x2 - x]
    if flips:
        # Many times as fast as a view with a negative stride.
        around = -int(placement.flip) if placement.vertical_flip else 1
        cv2.flip(part, around, dst=window)
    else:
        window[:] = part


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
    if placement.vertical_flip:
        below = np.float32(placement.resized_size[0])
        boxes[:, [1, 3]] = below - boxes[:, [3, 1]]
    boxes += np.tile(np.asarray(placement.offset, np.float32), 2)
    x1, y1, x2, y2 = placement.window
    low = np.array([x1, y1, x1, y1], np.float32)
    return np.clip(boxes, low, np.array([x2, y2, x2, y2], np.float32))
