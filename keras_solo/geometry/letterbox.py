"""Original pixels to canvas pixels, and the way home."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from keras_solo.geometry.column_runs import draw_runs
from keras_solo.geometry.intensity import Intensity
from keras_solo.geometry.mask_stride import MASK_STRIDE, checked_mask_stride
from keras_solo.geometry.masks_home import Axis, Resampling, masks_home
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
        intensity: How the pixels of files and arrays become 8 bits: by their
            type, or by percentiles of each image, as microscopes need it. See
            `Intensity`.
        mask_stride: Canvas pixels between positions of the mask grid of
            training targets, 4 or 2. A `SOLOv2` sets it, in its
            `preprocessor`, to the stride of its mask head.

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
    intensity: Intensity = Intensity()
    mask_stride: int = MASK_STRIDE

    def __post_init__(self) -> None:
        object.__setattr__(self, "image_size", checked_size(self.image_size))
        object.__setattr__(
            self, "pad_value", tuple(float(v) for v in self.pad_value)
        )
        if len(self.pad_value) != 3:
            raise ValueError(
                "Expected three numbers (red, green, blue) as pad_value. "
                f"Received: {self.pad_value}"
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
        object.__setattr__(
            self, "intensity", Intensity.from_config(self.intensity)
        )
        checked_mask_stride(self.mask_stride)
        self._check_sides()

    def _check_sides(self) -> None:
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
                original pixels. Where `intensity` scales by percentiles: any
                integers or floats, also `(height, width)`.

        Returns:
            float32 array `(H, W, 3)` of `canvas_size(image.shape[:2])`.
            (uint8 images are resized as uint8, as the reference does.)
        """
        if self.intensity.by_percentiles:
            image = self.intensity.to_rgb(image)
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

        Args:
            masks: `(n, h, w)` float probabilities on the mask grid, at any
                stride (canvas side / h); or uint8, 255 times as much.
            original_size: (height, width) in pixels.
            threshold: Pixels above it are set; in the unit of the masks.

        Returns:
            bool array `(n, height, width)`. It is large: 100 masks of 12
            megapixels are 1.2 GB. `mask_runs_to_original` has the same masks
            in a hundredth of that.
        """
        runs = self.mask_runs_to_original(masks, original_size, threshold)
        out = np.zeros((len(runs), *original_size), bool)
        for one, mask in zip(runs, out, strict=True):
            draw_runs(one, mask)
        return out

    def mask_runs_to_original(
        self,
        masks: np.ndarray,
        original_size: Size,
        threshold: float = 0.5,
    ) -> list[np.ndarray]:
        """Brings mask probabilities back, as run lengths.

        Args:
            masks: `(n, h, w)` float probabilities on the mask grid, at any
                stride (canvas side / h); or uint8, 255 times as much.
            original_size: (height, width) in pixels.
            threshold: Pixels above it are set; in the unit of the masks.

        Returns:
            For each mask uint32 `(m,)`: lengths of its runs outside, inside,
            outside, ..., down the columns of the original image.

        Example:

        >>> mask = np.zeros((1, 8, 8), np.float32)
        >>> mask[0, :, :4] = 1.0
        >>> Letterbox((32, 32)).mask_runs_to_original(mask, (2, 2))
        [array([0, 2, 2], dtype=uint32)]
        """
        masks = np.asarray(masks)
        if masks.ndim != 3:
            raise ValueError(
                "Expected masks of shape (n, h, w). "
                f"Received: shape {masks.shape}"
            )
        size = checked_size(original_size)
        grid = (masks.shape[1], masks.shape[2])
        return masks_home(masks, self._way_home(grid, size), threshold)

    def _way_home(self, grid: Size, original: Size) -> list[Resampling]:
        """From a mask grid straight to the original, or by way of the canvas.

        The reference resamples to the canvas, cuts its padding off, and
        resamples what is left to the original.
        """
        resized, canvas = (
            self.resized_size(original),
            self.canvas_size(original),
        )
        sides = list(zip(original, resized, canvas, grid, strict=True))
        if self.resampling == "once":
            straight = (Axis(o, g, r / o * g / c) for o, r, c, g in sides)
            return [Resampling(*straight)]
        there = (Axis(r, g, g / c) for _, r, c, g in sides)
        home = (Axis(o, r, r / o) for o, r, _, _ in sides)
        return [Resampling(*there), Resampling(*home)]

    # === Config ===

    def get_config(self) -> dict[str, object]:
        """The constructor's arguments, as JSON can hold them.

        Without the default intensity and mask stride: versions that know none
        read it, too.
        """
        config = dataclasses.asdict(self)
        del config["intensity"]
        if self.mask_stride == MASK_STRIDE:
            del config["mask_stride"]
        if self.intensity != Intensity():
            config["intensity"] = self.intensity.get_config()
        return {
            k: list(v) if isinstance(v, tuple) else v for k, v in config.items()
        }

    @classmethod
    def from_config(cls, config: dict[str, object]) -> Letterbox:
        """The letterbox of a `get_config`."""
        return cls(**config)  # type: ignore[arg-type]
