"""One record to the arrays that a network trains on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from keras_solo.data.augment import Augmentation
from keras_solo.data.canvas_masks import (
    place_mask,
    place_mask_like_reference,
)
from keras_solo.data.records import ObjectAnnotation, Record, load_scaled
from keras_solo.geometry import MASK_STRIDE, Letterbox
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
    reduced_decoding: bool = False

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
        images, targets = self.stack([(record, rng)], 1)
        return images[0], {key: array[0] for key, array in targets.items()}

    def stack(
        self,
        samples: Iterable[tuple[Record, np.random.Generator]],
        count: int,
    ) -> tuple[np.ndarray, Arrays]:
        """Makes samples, each in its own place of the batch's arrays.

        Args:
            samples: Records, each with its randomness; one at a time is held.
            count: How many they are.

        Returns:
            What a call returns, with a first axis of samples.
        """
        canvas_size = self.letterbox.image_size
        images = np.empty((count, *canvas_size, 3), np.uint8)
        targets = empty_targets(
            count, self.max_objects, canvas_size, self.mask_targets
        )
        for slot, (record, rng) in zip(range(count), samples, strict=True):
            placement = self._place_image(record, rng, images[slot])
            self._place_objects(
                largest(record.instances, self.max_objects),
                placement,
                {key: array[slot] for key, array in targets.items()},
            )
        return images, targets

    def _place_image(
        self, record: Record, rng: np.random.Generator, canvas: np.ndarray
    ) -> Placement:
        """Fills the canvas; says where the image is."""
        size = record.original_size
        if self.augmentation is None:
            placement = Placement.of_letterbox(self.letterbox, size)
            image = self._load(record, placement)
            place_image(placement, image, self.letterbox.pad_value, out=canvas)
        else:
            placement = self.augmentation.sample_affine(
                rng, size, self.letterbox
            )
            image = self._load(record, placement)
            self.augmentation.apply_to_image(
                rng, placement, image, self.letterbox, canvas
            )
        return placement

    def _load(self, record: Record, placement: Placement) -> np.ndarray:
        at_least = placement.resized_size if self.reduced_decoding else None
        return load_scaled(record, self.letterbox.intensity, at_least)

    def _place_objects(
        self,
        objects: tuple[ObjectAnnotation, ...],
        placement: Placement,
        targets: Arrays,
    ) -> None:
        """Puts objects on the canvas and its mask grid.

        An object that has no pixel on the canvas, because it is smaller than
        one or was cropped away, is left out.

        Args:
            objects: At most `max_objects`.
            placement: Where the image is.
            targets: Empty ones of one sample, to be filled.
        """
        boxes = np.array([item.bbox for item in objects], np.float32)
        boxes = place_boxes(placement, boxes.reshape(-1, 4))
        like_reference = self.mask_targets == "reference"
        draw = place_mask_like_reference if like_reference else place_mask
        rule = "soft" if self.mask_targets == "soft" else "binary"
        slot = 0
        for item, box in zip(objects, boxes, strict=True):
            mask = draw(placement, item.segmentation)
            center = mask.center()
            if center is None:
                continue
            mask.shrink_into(targets["masks"][slot], rule)
            targets["labels"][slot] = item.label
            targets["boxes"][slot] = box
            targets["centers"][slot] = center
            slot += 1


def empty_targets(
    count: int, max_objects: int, canvas_size: Size, mask_targets: str
) -> Arrays:
    """Targets without objects of `count` samples; -1 labels an empty slot."""
    slots = (count, max_objects)
    grid = tuple(side // MASK_STRIDE for side in canvas_size)
    dtype = np.float16 if mask_targets == "soft" else np.uint8
    return {
        "masks": np.zeros((*slots, *grid), dtype),
        "labels": np.full(slots, -1, np.int32),
        "boxes": np.zeros((*slots, 4), np.float32),
        "centers": np.zeros((*slots, 2), np.float32),
    }


def largest(
    objects: tuple[ObjectAnnotation, ...], count: int
) -> tuple[ObjectAnnotation, ...]:
    """The `count` objects of largest annotated area, in their order."""
    if len(objects) <= count:
        return objects
    order = sorted(range(len(objects)), key=lambda i: -objects[i].area)
    return tuple(objects[i] for i in sorted(order[:count]))
