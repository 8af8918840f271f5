"""Arrays of images and masks of one size to canvases and targets.

In NumPy, by the very functions that make batches of datasets.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.data.samples import SampleMaker
from keras_solo.geometry import Letterbox


def canvases_of(letterbox: Letterbox, images: np.ndarray) -> np.ndarray:
    """Images on their canvases, as `SOLOv2.segment` puts them there.

    Args:
        letterbox: Of the model.
        images: `(B, height, width, 3)` RGB, 0 to 255.

    Returns:
        float32 `(B, H, W, 3)`.

    Raises:
        ValueError: If there are no images of that shape.

    Example:

    >>> canvases_of(Letterbox((64, 96)), np.zeros((2, 20, 30, 3))).shape
    (2, 64, 96, 3)
    """
    _check_images(images)
    if images.dtype not in (np.uint8, np.float32):
        images = images.astype(np.float32)
    return np.stack([letterbox.to_canvas(image) for image in images])


def targets_of(
    letterbox: Letterbox,
    images: np.ndarray,
    masks: np.ndarray,
    labels: np.ndarray,
    mask_targets: str = "binary",
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Images on canvases, and what a `SOLOv2` learns from them.

    Args:
        letterbox: Of the model; its largest canvas is every image's.
        images: `(B, height, width, 3)` RGB, 0 to 255; they are rounded.
        masks: `(B, N, height, width)`, nonzero inside.
        labels: `(B, N)`, -1 for a slot without an object.
        mask_targets: As in `dataset.batches`.

    Returns:
        uint8 `(B, H, W, 3)`, and the targets, as batches of datasets are. An
        object without a pixel is left out.

    Raises:
        ValueError: If shapes are others.

    Example:

    >>> masks = np.ones((1, 2, 8, 8), bool)
    >>> images, labels = np.zeros((1, 8, 8, 3)), np.array([[4, -1]])
    >>> _, targets = targets_of(Letterbox((32, 32)), images, masks, labels)
    >>> targets["labels"], targets["masks"].sum()
    (array([[ 4, -1]], dtype=int32), np.uint64(64))
    """
    _check_images(images)
    wanted = (len(images), *masks.shape[1:2], *images.shape[1:3])
    if masks.shape != wanted or labels.shape != wanted[:2]:
        raise ValueError(
            f"Expected masks (B, N, height, width) and labels (B, N) for "
            f"images of shape {images.shape}. Received: masks "
            f"{masks.shape}, labels {labels.shape}"
        )
    maker = SampleMaker(letterbox.fixed(), masks.shape[1], mask_targets)
    records = _records(_as_bytes(images), masks, labels)
    unused = np.random.default_rng(0)  # nothing is augmented
    return maker.stack(((one, unused) for one in records), len(images))


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


def _as_bytes(images: np.ndarray) -> np.ndarray:
    if images.dtype == np.uint8:
        return images
    return np.rint(np.clip(images, 0, 255)).astype(np.uint8)


def _check_images(images: np.ndarray) -> None:
    if images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(
            "Expected images (B, height, width, 3), RGB, 0 to 255. "
            f"Received: shape {images.shape}"
        )
