"""Arrays of images and masks of one size to canvases and targets.

In NumPy, by the very functions that make batches of datasets.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.data.samples import SampleMaker
from keras_solo.geometry import Letterbox
from keras_solo.geometry.intensity import scale_by_type


def canvases_of(letterbox: Letterbox, images: np.ndarray) -> np.ndarray:
    """Images on their canvases, as `SOLOv2.segment` puts them there.

    Args:
        letterbox: Of the model.
        images: `(B, height, width, 3)` RGB, 0 to 255; uint16 is scaled. Where
            the letterbox scales by percentiles, any integers and floats.

    Returns:
        float32 `(B, H, W, 3)`.

    Raises:
        ValueError: If there are no images of that shape, or numbers that
            reach from 0 to 1, or beyond 255.

    Example:

    >>> canvases_of(Letterbox((64, 96)), np.zeros((2, 20, 30, 3))).shape
    (2, 64, 96, 3)
    """
    images = _checked_images(letterbox, images)
    return np.stack([letterbox.to_canvas(image) for image in images])


def targets_of(
    letterbox: Letterbox,
    images: np.ndarray,
    masks: np.ndarray,
    labels: np.ndarray,
    mask_targets: str = "binary",
    num_classes: int | None = None,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Images on canvases, and what a `SOLOv2` learns from them.

    Args:
        letterbox: Of the model; its largest canvas is every image's.
        images: As `canvases_of` takes them; floats are rounded.
        masks: `(B, N, height, width)`, nonzero inside.
        labels: `(B, N)`, -1 for a slot without an object.
        mask_targets: As in `dataset.batches`.
        num_classes: How many classes there are, if it is known.

    Returns:
        uint8 `(B, H, W, 3)`, and the targets, as batches of datasets are; of
        at least one slot. An object without a pixel is left out.

    Raises:
        ValueError: If images, or shapes, are others, or a label is none of a
            class.

    Example:

    >>> masks = np.ones((1, 2, 8, 8), bool)
    >>> images, labels = np.zeros((1, 8, 8, 3)), np.array([[4, -1]])
    >>> _, targets = targets_of(Letterbox((32, 32)), images, masks, labels)
    >>> targets["labels"].tolist(), int(targets["masks"].sum())
    ([[4, -1]], 64)
    """
    images = _checked_images(letterbox, images)
    check_objects(images, masks, labels, num_classes)
    slots = max(1, masks.shape[1])
    maker = SampleMaker(letterbox.fixed(), slots, mask_targets)
    if not letterbox.intensity.by_percentiles:
        images = np.rint(images).astype(np.uint8)
    records = _records(images, masks, labels)
    unused = np.random.default_rng(0)  # nothing is augmented
    return maker.stack(((one, unused) for one in records), len(images))


def check_objects(
    images: np.ndarray,
    masks: np.ndarray,
    labels: np.ndarray,
    num_classes: int | None = None,
) -> None:
    """Raises if masks and labels are not those of the images.

    Args:
        images: `(B, height, width, 3)`.
        masks: As `targets_of` takes them.
        labels: As `targets_of` takes them.
        num_classes: How many classes there are, if it is known.

    Raises:
        ValueError: If shapes do not fit, or a label is none of a class.
    """
    wanted = (len(images), *masks.shape[1:2], *images.shape[1:3])
    if masks.shape != wanted or labels.shape != wanted[:2]:
        raise ValueError(
            "Expected masks (B, N, height, width) and labels (B, N) for "
            f"images of shape {images.shape}. Received: masks "
            f"{masks.shape}, labels {labels.shape}"
        )
    if (labels != np.floor(labels)).any():  # NaN is unlike itself
        raise ValueError("Expected labels that are whole numbers.")
    check_labels(labels, num_classes)


def check_labels(labels: np.ndarray, num_classes: int | None) -> None:
    """Raises if a label is none of a class, as COCO's category ids may be.

    Args:
        labels: Integers, negative for a slot without an object.
        num_classes: How many classes there are, if it is known.

    Raises:
        ValueError: If a label is too large.
    """
    most = -1 if num_classes is None or not labels.size else labels.max()
    if num_classes is not None and most >= num_classes:
        raise ValueError(
            f"Expected labels from 0 to {num_classes - 1}, and -1 for a slot "
            f"without an object. Received: {int(most)}"
        )


def _records(
    images: np.ndarray, masks: np.ndarray, labels: np.ndarray
) -> Iterator[Record]:
    for number, image in enumerate(images):
        objects = tuple(
            ObjectAnnotation.from_mask(mask, int(label))
            for mask, label in zip(masks[number], labels[number], strict=True)
            if label >= 0 and mask.any()
        )
        size = (image.shape[0], image.shape[1])
        yield Record(number, size, objects, image=image)


def _checked_images(letterbox: Letterbox, images: np.ndarray) -> np.ndarray:
    """As they are for percentiles; else uint8, or float32 from 0 to 255."""
    if images.ndim != 4 or images.shape[3] != 3 or not len(images):
        raise ValueError(
            "Expected images (B, height, width, 3), RGB, at least one. "
            f"Received: shape {images.shape}"
        )
    if letterbox.intensity.by_percentiles:
        return images
    if images.dtype in (np.uint8, np.uint16):
        return scale_by_type(images)
    check_range(images)
    return images.astype(np.float32)


def check_range(images: np.ndarray) -> None:
    """Raises if numbers are not those of pixels.

    Args:
        images: Of any shape.

    Raises:
        ValueError: If they reach from 0 to 1, or beyond 255, or are none.
    """
    least, most = (images.min(), images.max()) if images.size else (0, 0)
    # Not the other way around: NaN is in no range.
    if not 0 <= least <= most <= 255 or 0 < most <= 1:
        raise ValueError(
            "Expected images from 0 to 255. Received: numbers from "
            f"{least:g} to {most:g}"
        )
