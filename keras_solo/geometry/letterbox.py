"""Original pixels to canvas pixels, and the way home."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from keras_solo.geometry.size import Size, checked_size, round_up


@dataclasses.dataclass(frozen=True)
class Letterbox:
    """Fits images of any size onto a canvas that a network can take.

    The image keeps its aspect ratio, is resized bilinearly, placed in the top
    left corner, and padded on the right and at the bottom. The same object
    brings boxes and masks back to the pixels of the original image, which
    needs nothing but the original size: it is therefore the `preprocessor` of
    a `SOLOv2` and part of its config.

    Two canvases:

    - `"fixed"`: every canvas is `image_size`, and the image is made as large
      as fits. One shape, one compiled graph.
    - `"fit"`: the reference's rule. `image_size` is (short side, long side),
      whichever way the image is turned; the image is made as large as these
      allow, and the canvas is the resized image rounded up to `multiple`.
      A larger canvas changes a SOLOv2's answer (grids and coordinates span
      the canvas), so this is what published weights expect.

    Args:
        image_size: (height, width) of the canvas in pixels for `"fixed"`,
            (short side, long side) of the resized image for `"fit"`.
        canvas: `"fixed"` or `"fit"`.
        multiple: The canvas sides are multiples of this number of pixels,
            itself a multiple of 32. With `"fit"`, larger numbers give fewer
            canvas shapes to compile.
        pad_value: RGB value, 0 to 255, of the pixels beside the image. The
            default is the ImageNet mean, which is zero after normalisation,
            as in the reference.
        resampling: How masks come home from the mask grid: `"once"`, straight
            to the original pixels; or `"twice"`, the reference's way, to the
            canvas and from there to the original. Both are bilinear. Twice
            is smoother and slower; masks differ along their edges.

    Example:

    >>> letterbox = Letterbox(image_size=(320, 320))
    >>> letterbox.resized_size((480, 640))
    (240, 320)
    >>> Letterbox((800, 1333), canvas="fit").canvas_size((480, 640))
    (800, 1088)

    Source: `Resize(keep_ratio=True)` and `Pad` of MMDetection 3.3
    (`mmcv.imrescale`: sides are `int(side * scale + 0.5)`).
    """

    image_size: Size
    canvas: str = "fixed"
    multiple: int = 32
    pad_value: tuple[float, float, float] = (123.675, 116.28, 103.53)
    resampling: str = "once"

    def __post_init__(self) -> None:
        object.__setattr__(self, "image_size", checked_size(self.image_size))
        object.__setattr__(
            self, "pad_value", tuple(float(v) for v in self.pad_value)
        )
        if self.canvas not in ("fixed", "fit"):
            raise ValueError(
                'Expected canvas to be "fixed" or "fit". '
                f"Received: canvas={self.canvas!r}"
            )
        if self.resampling not in ("once", "twice"):
            raise ValueError(
                'Expected resampling to be "once" or "twice". '
                f"Received: resampling={self.resampling!r}"
            )
        if self.multiple < 32 or self.multiple % 32:
            raise ValueError(
                "Expected multiple to be a positive multiple of 32. "
                f"Received: multiple={self.multiple}"
            )
        if self.canvas == "fixed" and any(
            side % self.multiple for side in self.image_size
        ):
            raise ValueError(
                "A fixed canvas needs an image_size (height, width) in "
                f"multiples of {self.multiple}. "
                f"Received: image_size={self.image_size}"
            )
        if self.canvas == "fit" and self.image_size[0] > self.image_size[1]:
            raise ValueError(
                'With canvas="fit", image_size is (short side, long side). '
                f"Received: image_size={self.image_size}"
            )

    # === Sizes ===

    def scale(self, original_size: Size) -> float:
        """The factor from original to canvas, before rounding to pixels."""
        height, width = checked_size(original_size)
        if self.canvas == "fixed":
            return min(self.image_size[0] / height, self.image_size[1] / width)
        short, long = self.image_size
        return min(long / max(height, width), short / min(height, width))

    def resized_size(self, original_size: Size) -> Size:
        """(height, width) in canvas pixels of the image on its canvas."""
        scale = self.scale(original_size)
        height, width = original_size
        return (
            max(1, int(height * scale + 0.5)),
            max(1, int(width * scale + 0.5)),
        )

    def canvas_size(self, original_size: Size) -> Size:
        """(height, width) of the canvas for an image of `original_size`."""
        if self.canvas == "fixed":
            return self.image_size
        height, width = self.resized_size(original_size)
        return round_up(height, self.multiple), round_up(width, self.multiple)

    @property
    def largest_canvas(self) -> Size:
        """(height, width) that every upright or landscape image fits on.

        For `"fit"` this is the landscape canvas: portrait images are made
        smaller to fit on it. It is the canvas of training batches, which have
        one shape.
        """
        return (
            round_up(self.image_size[0], self.multiple),
            round_up(self.image_size[1], self.multiple),
        )

    def fixed(self) -> Letterbox:
        """The same letterbox with one canvas shape, `largest_canvas`."""
        if self.canvas == "fixed":
            return self
        return dataclasses.replace(
            self, image_size=self.largest_canvas, canvas="fixed"
        )

    # === There ===

    def factors(self, original_size: Size) -> tuple[float, float]:
        """(x, y) factors from original to canvas pixels, after rounding."""
        height, width = self.resized_size(original_size)
        return width / original_size[1], height / original_size[0]

    def to_canvas(self, image: np.ndarray) -> np.ndarray:
        """Puts an image on its canvas.

        Args:
            image: `(height, width, 3)` uint8 or float32 RGB, 0 to 255,
                original pixels.

        Returns:
            float32 array `(H, W, 3)` of `canvas_size(image.shape[:2])`.
            (uint8 images are resized as uint8, as the reference does.)
        """
        if image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(
                "Expected an RGB image of shape (height, width, 3). "
                f"Received: shape {image.shape}"
            )
        size = (image.shape[0], image.shape[1])
        height, width = self.resized_size(size)
        canvas = np.empty((*self.canvas_size(size), 3), np.float32)
        canvas[:] = np.asarray(self.pad_value, np.float32)
        resized = image
        if (height, width) != size:
            resized = cv2.resize(
                image, (width, height), interpolation=cv2.INTER_LINEAR
            )
        canvas[:height, :width] = resized
        return canvas

    def boxes_to_canvas(
        self, boxes: np.ndarray, original_size: Size
    ) -> np.ndarray:
        """`(..., 4)` xyxy boxes, original pixels to canvas pixels."""
        x, y = self.factors(original_size)
        return np.asarray(boxes, np.float32) * np.array(
            [x, y, x, y], np.float32
        )

    # === And back ===

    def boxes_to_original(
        self, boxes: np.ndarray, original_size: Size
    ) -> np.ndarray:
        """`(..., 4)` xyxy boxes, canvas to original pixels, clipped."""
        x, y = self.factors(original_size)
        height, width = original_size
        boxes = np.asarray(boxes, np.float32) / np.array(
            [x, y, x, y], np.float32
        )
        return np.clip(
            boxes, 0, np.array([width, height, width, height], np.float32)
        )

    def masks_to_original(
        self,
        masks: np.ndarray,
        original_size: Size,
        threshold: float = 0.5,
    ) -> np.ndarray:
        """Brings mask probabilities back to the pixels of the original image.

        With `resampling="once"` only the box around a mask is resampled: a
        bilinear value exceeds the threshold only beside a grid value that
        does.

        Args:
            masks: `(n, h, w)` float probabilities on the mask grid, at any
                stride (canvas side / h).
            original_size: (height, width) in pixels.
            threshold: Pixels above it are set.

        Returns:
            bool array `(n, height, width)`.
        """
        masks = np.asarray(masks)
        if masks.ndim != 3:
            raise ValueError(
                "Expected masks of shape (n, h, w). "
                f"Received: shape {masks.shape}"
            )
        canvas = self.canvas_size(original_size)
        resized = self.resized_size(original_size)
        if self.resampling == "twice":
            return _resample_twice(
                masks, canvas, resized, original_size, threshold
            )
        rows = _samples(original_size[0], resized[0], canvas[0], masks.shape[1])
        cols = _samples(original_size[1], resized[1], canvas[1], masks.shape[2])
        out = np.zeros((len(masks), *original_size), bool)
        for mask, target in zip(masks, out, strict=True):
            _resample(mask, rows, cols, threshold, target)
        return out

    # === Config ===

    def get_config(self) -> dict[str, object]:
        """The constructor's arguments, as JSON can hold them."""
        config = dataclasses.asdict(self)
        return {
            k: list(v) if isinstance(v, tuple) else v for k, v in config.items()
        }

    @classmethod
    def from_config(cls, config: dict[str, object]) -> Letterbox:
        """The letterbox of a `get_config`."""
        return cls(**config)  # type: ignore[arg-type]


Samples = tuple[np.ndarray, np.ndarray, np.ndarray]


def _samples(original: int, resized: int, canvas: int, grid: int) -> Samples:
    """Lower neighbour, upper neighbour and weight along one axis."""
    centers = (np.arange(original) + 0.5) * (resized / original)
    position = np.clip(centers * (grid / canvas) - 0.5, 0, grid - 1)
    low = np.floor(position).astype(np.int64)
    high = np.minimum(low + 1, grid - 1)
    return low, high, (position - low).astype(np.float32)


def _resample(
    mask: np.ndarray,
    rows: Samples,
    cols: Samples,
    threshold: float,
    target: np.ndarray,
) -> None:
    """Writes `mask` bilinearly resampled and thresholded into `target`."""
    above = mask > threshold
    window = []
    for axis, (low, high, _) in ((1, rows), (0, cols)):
        hit = np.flatnonzero(above.any(axis=axis))
        if not len(hit):
            return
        first = np.searchsorted(high, hit[0], side="left")
        last = np.searchsorted(low, hit[-1], side="right")
        window.append(slice(first, last))
    (y0, y1, wy), (x0, x1, wx) = (
        tuple(part[span] for part in samples)
        for samples, span in zip((rows, cols), window, strict=True)
    )
    mask = mask.astype(np.float32, copy=False)
    wy = wy[:, None]
    lines = mask[y0] * (1 - wy) + mask[y1] * wy
    values = lines[:, x0] * (1 - wx) + lines[:, x1] * wx
    target[window[0], window[1]] = values > threshold


def _resample_twice(
    masks: np.ndarray,
    canvas: Size,
    resized: Size,
    original: Size,
    threshold: float,
) -> np.ndarray:
    """The reference's way: to the canvas, without its padding, and home."""
    out = np.zeros((len(masks), *original), bool)
    for mask, target in zip(masks, out, strict=True):
        mask = _resize(mask.astype(np.float32, copy=False), canvas)
        mask = _resize(mask[: resized[0], : resized[1]], original)
        np.greater(mask, threshold, out=target)
    return out


def _resize(mask: np.ndarray, size: Size) -> np.ndarray:
    return cv2.resize(mask, size[::-1], interpolation=cv2.INTER_LINEAR)
