"""One record to the arrays that a network trains on."""

from __future__ import annotations

import dataclasses

import numpy as np

from keras_solo.data.augment import Augmentation
from keras_solo.data.canvas_masks import (
    mask_centers,
    place_mask,
    place_mask_like_reference,
    shrink_masks,
)
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.geometry import MASK_STRIDE, Letterbox
from keras_solo.geometry.extent import extent
from keras_solo.geometry.placement import (
    Placement,
    place_boxes,
    place_image,
)
from keras_solo.geometry.size import Size

MASK_TARGETS = ("binary", "soft", "reference")
Arrays = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class SampleMaker:
    """Makes samples of one fixed shape. See `Batches` for the arguments."""

    letterbox: Letterbox
    max_objects: int
    mask_targets: str = "binary"
    augmentation: Augmentation | None = None

    def __post_init__(self) -> None:
        if self.mask_targets not in MASK_TARGETS:
            raise ValueError(
                f"Expected mask_targets to be one of {MASK_TARGETS}. "
                f"Received: {self.mask_targets!r}"
            )
        if self.letterbox.canvas != "fixed":
            raise ValueError(
                "Samples of one shape need a letterbox with one canvas: "
                f"`letterbox.fixed()`. Received: {self.letterbox}"
            )

    def __call__(
        self, record: Record, rng: np.random.Generator
    ) -> tuple[np.ndarray, Arrays]:
        """Makes one sample.

        Args:
            record: An image and its objects.
            rng: Where an augmentation takes its randomness from.

        Returns:
            uint8 image `(H, W, 3)` and the targets `masks (N, H/4, W/4)`,
            `labels (N,)`, `boxes (N, 4)`, `centers (N, 2)`.
        """
        image = record.load_image()
        if self.augmentation is None:
            placement = Placement.of_letterbox(
                self.letterbox, record.original_size
            )
            canvas = place_image(placement, image, self.letterbox.pad_value)
        else:
            placement = self.augmentation.sample_affine(
                rng, record.original_size, self.letterbox
            )
            canvas = self.augmentation.apply_to_image(
                rng, placement, image, self.letterbox
            )
        objects = largest(record.instances, self.max_objects)
        return canvas, self.targets(objects, placement)

    def targets(
        self, objects: tuple[ObjectAnnotation, ...], placement: Placement
    ) -> Arrays:
        """Puts objects on the canvas and its mask grid.

        An object that has no pixel on the canvas, because it is smaller than
        one or was cropped away, is left out.

        Args:
            objects: At most `max_objects`.
            placement: Where the image is.
        """
        targets = empty_targets(
            self.max_objects, placement.canvas_size, self.mask_targets
        )
        boxes = np.array([item.bbox for item in objects], np.float32)
        boxes = place_boxes(placement, boxes.reshape(-1, 4))
        slot = 0
        for item, box in zip(objects, boxes, strict=True):
            if self.mask_targets == "reference":
                mask = place_mask_like_reference(placement, item.segmentation)
            else:
                mask = place_mask(placement, item.segmentation)
            if not self._shrink(mask, targets["masks"][slot]):
                continue
            targets["labels"][slot] = item.label
            targets["boxes"][slot] = box
            targets["centers"][slot] = mask_centers(mask[None])[0]
            slot += 1
        return targets

    def _shrink(self, mask: np.ndarray, target: np.ndarray) -> bool:
        """Writes a canvas mask on the grid; False if there is nothing."""
        x1, y1, x2, y2 = extent(mask)
        # The blocks that the object touches.
        x1, y1 = x1 // MASK_STRIDE, y1 // MASK_STRIDE
        x2, y2 = -(-x2 // MASK_STRIDE), -(-y2 // MASK_STRIDE)
        part = mask[
            y1 * MASK_STRIDE : y2 * MASK_STRIDE,
            x1 * MASK_STRIDE : x2 * MASK_STRIDE,
        ]
        rule = "soft" if self.mask_targets == "soft" else "binary"
        target[y1:y2, x1:x2] = shrink_masks(part, rule, MASK_STRIDE)
        return part.size > 0


def empty_targets(
    max_objects: int, canvas_size: Size, mask_targets: str
) -> Arrays:
    """Targets without objects: label -1 is an empty slot."""
    grid = (
        max_objects,
        canvas_size[0] // MASK_STRIDE,
        canvas_size[1] // MASK_STRIDE,
    )
    dtype = np.float16 if mask_targets == "soft" else np.uint8
    return {
        "masks": np.zeros(grid, dtype),
        "labels": np.full(max_objects, -1, np.int32),
        "boxes": np.zeros((max_objects, 4), np.float32),
        "centers": np.zeros((max_objects, 2), np.float32),
    }


def largest(
    objects: tuple[ObjectAnnotation, ...], count: int
) -> tuple[ObjectAnnotation, ...]:
    """The `count` objects of largest annotated area, in their order."""
    if len(objects) <= count:
        return objects
    order = sorted(range(len(objects)), key=lambda i: -objects[i].area)
    return tuple(objects[i] for i in sorted(order[:count]))
