"""One record to the arrays that a network trains on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from keras_solo.data.augment import Augmentation
from keras_solo.data.copy_paste import choose_objects, paste
from keras_solo.data.images import ImageError
from keras_solo.data.mosaic import quadrants
from keras_solo.data.object_crops import object_boxes
from keras_solo.data.placed_objects import (
    PlacedObject,
    largest_placed,
    place_objects,
)
from keras_solo.data.records import (
    ObjectAnnotation,
    Record,
    Records,
    load_scaled,
)
from keras_solo.geometry import MASK_STRIDE, Letterbox
from keras_solo.geometry.affine import AnyPlacement
from keras_solo.geometry.placement import Placement, place_image
from keras_solo.geometry.size import Size

MASK_TARGETS = ("binary", "soft", "reference")
Arrays = dict[str, np.ndarray]
# So many damaged images in a row are no accident.
MOST_DAMAGED = 100


@dataclasses.dataclass(frozen=True)
class SampleMaker:
    """Makes samples of one fixed shape. See `Batches` for the arguments.

    `dataset` is where the other images of a mosaic come from, and, unless
    `copy_paste_from` says otherwise, pasted objects. `skip_damaged` takes
    others of these where they are damaged.
    """

    letterbox: Letterbox
    max_objects: int
    mask_targets: str = "binary"
    augmentation: Augmentation | None = None
    reduced_decoding: bool = False
    dataset: Records | None = None
    copy_paste_from: Records | None = None
    skip_damaged: bool = False

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
        augmentation = self.augmentation or Augmentation()
        if augmentation.mosaic and self.dataset is None:
            raise ValueError(
                "Expected a dataset to take the images of a mosaic from. "
                "Received: dataset=None"
            )
        if augmentation.copy_paste and self._source is None:
            raise ValueError(
                "Expected a dataset to paste objects from. Received: "
                "dataset=None, copy_paste_from=None"
            )

    @property
    def _source(self) -> Records | None:
        """Where pasted objects come from."""
        if self.copy_paste_from is None:
            return self.dataset
        return self.copy_paste_from

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
            *(count, self.max_objects, canvas_size, self.mask_targets),
            mask_stride=self.letterbox.mask_stride,
        )
        for slot, (record, rng) in zip(range(count), samples, strict=True):
            self._fill(
                {key: array[slot] for key, array in targets.items()},
                self._compose(record, rng, images[slot]),
            )
        return images, targets

    # === Composition ===

    def _compose(
        self, record: Record, rng: np.random.Generator, canvas: np.ndarray
    ) -> Iterable[PlacedObject]:
        """Fills the canvas; the objects on it, at most `max_objects`."""
        augmentation = self.augmentation
        if augmentation is None or not augmentation.selects:
            few = largest(record.instances, self.max_objects)
            return self._place(record, few, rng, canvas)
        if augmentation.mosaic and rng.random() < augmentation.mosaic:
            objects = self._mosaic(record, rng, canvas)
        else:
            objects = list(self._place(record, record.instances, rng, canvas))
        if augmentation.copy_paste and rng.random() < augmentation.copy_paste:
            objects = self._paste(objects, rng, canvas)
        return largest_placed(self._visible(objects), self.max_objects)

    def _mosaic(
        self, record: Record, rng: np.random.Generator, canvas: np.ndarray
    ) -> list[PlacedObject]:
        """Four images, the record's in one of the quadrants."""
        found, own = [], int(rng.integers(4))
        parts = quadrants(rng, self.letterbox.image_size)
        for number, (x1, y1, x2, y2) in enumerate(parts):
            part, size = canvas[y1:y2, x1:x2], (y2 - y1, x2 - x1)
            if number == own:
                placed = self._place(record, record.instances, rng, part, size)
            else:
                placed = self._place_any(self.dataset, rng, part, size)
            found += [item.shifted(x1, y1) for item in placed]
        return found

    def _paste(
        self,
        objects: list[PlacedObject],
        rng: np.random.Generator,
        canvas: np.ndarray,
    ) -> list[PlacedObject]:
        """Objects of another image on top of these."""
        other = np.empty_like(canvas)
        found = self._place_any(self._source, rng, other)
        pasted = choose_objects(rng, [item for item in found if item.pixels])
        return paste(canvas, objects, other, pasted)

    def _place_any(
        self,
        dataset: Records | None,
        rng: np.random.Generator,
        canvas: np.ndarray,
        quadrant: Size | None = None,
    ) -> list[PlacedObject]:
        """Any image of a dataset; one after the other, if they are damaged."""
        for attempts_left in reversed(range(MOST_DAMAGED)):
            try:
                one = _any(dataset, rng)
                placed = self._place(one, one.instances, rng, canvas, quadrant)
                return list(placed)
            except ImageError:
                if not self.skip_damaged or not attempts_left:
                    raise
        return []

    def _visible(self, objects: Iterable[PlacedObject]) -> list[PlacedObject]:
        """Those of which at least `min_visible` is visible."""
        least = self.augmentation.min_visible if self.augmentation else 0.0
        if not least:
            return list(objects)
        return [item for item in objects if item.visible_part() >= least]

    # === One image ===

    def _place(
        self,
        record: Record,
        objects: tuple[ObjectAnnotation, ...],
        rng: np.random.Generator,
        canvas: np.ndarray,
        quadrant: Size | None = None,
    ) -> Iterable[PlacedObject]:
        """Fills a canvas, or a quadrant; objects of the image on it."""
        placement = self._place_image(record, rng, canvas, quadrant)
        placed = place_objects(
            objects, placement, self.mask_targets == "reference"
        )
        if self.augmentation is None or not self.augmentation.min_visible:
            return placed
        return self._visible(placed)

    def _place_image(
        self,
        record: Record,
        rng: np.random.Generator,
        canvas: np.ndarray,
        quadrant: Size | None,
    ) -> AnyPlacement:
        """Fills the canvas; says where the image is."""
        size = record.original_size
        placement: AnyPlacement
        if self.augmentation is None:
            placement = Placement.of_letterbox(self.letterbox, size)
            image = self._load(record, placement)
            place_image(placement, image, self.letterbox.pad_value, out=canvas)
        else:
            boxes = object_boxes(record.instances)
            placement = self.augmentation.sample_affine(
                rng, size, self.letterbox, quadrant, boxes
            )
            image = self._load(record, placement)
            self.augmentation.apply_to_image(
                rng, placement, image, self.letterbox, canvas
            )
        return placement

    def _load(self, record: Record, placement: AnyPlacement) -> np.ndarray:
        at_least = placement.resized_size if self.reduced_decoding else None
        return load_scaled(record, self.letterbox.intensity, at_least)

    def _fill(self, targets: Arrays, objects: Iterable[PlacedObject]) -> None:
        """Writes objects, each in its slot.

        An object that has no pixel on the canvas, because it is smaller than
        one or was cropped away, is left out.

        Args:
            targets: Empty ones of one sample, to be filled.
            objects: At most `max_objects`.
        """
        rule = "soft" if self.mask_targets == "soft" else "binary"
        slot = 0
        for item, _, mask, box, _ in objects:
            center = mask.center()
            if center is None:
                continue
            mask.shrink_into(
                targets["masks"][slot], rule, self.letterbox.mask_stride
            )
            targets["labels"][slot] = item.label
            targets["boxes"][slot] = box
            targets["centers"][slot] = center
            slot += 1


def _any(dataset: Records | None, rng: np.random.Generator) -> Record:
    """Any image of a dataset."""
    if dataset is None or not len(dataset):
        raise ValueError(
            "Expected a dataset with images to compose samples of. "
            f"Received: {dataset!r}"
        )
    return dataset[int(rng.integers(len(dataset)))]


def empty_targets(
    count: int,
    max_objects: int,
    canvas_size: Size,
    mask_targets: str,
    mask_stride: int = MASK_STRIDE,
) -> Arrays:
    """Targets without objects of `count` samples; -1 labels an empty slot."""
    slots = (count, max_objects)
    grid = tuple(side // mask_stride for side in canvas_size)
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
