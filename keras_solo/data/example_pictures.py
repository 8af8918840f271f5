"""Pictures of what was found: the image, and the objects concerned."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from keras_solo.data.findings import Example, image_name
from keras_solo.data.images import ImageError, load_image
from keras_solo.data.masks import rasterize
from keras_solo.data.records import Record
from keras_solo.visualization import Picture, draw_instances

# Pixels: pictures are no larger, and what is around an object no smaller.
LARGEST, AROUND = 560, 96
# Objects drawn in a picture, and those whose names do not cover them.
MOST_OBJECTS, MOST_NAMES = 40, 4


def example_pictures(
    example: Example, class_names: Sequence[str]
) -> list[tuple[Picture, str]]:
    """What an example looks like.

    Args:
        example: Of a finding.
        class_names: Of the dataset.

    Returns:
        Pictures, each with what stands below it: the objects concerned and
        what is around them, or the image; none where it cannot be decoded.
    """
    name = "" if example.record is None else image_name(example.record)
    caption = f"{example.split}: {name}. {example.text}".strip()
    return [
        (_drawn(image, record, objects, class_names), words)
        for record, objects, words in (
            (example.record, example.objects, caption),
            (example.other, (), example.text),
        )
        if record is not None and (image := _image(record)) is not None
    ]


def _image(record: Record) -> np.ndarray | None:
    """Also of a size that is not the annotated one."""
    try:
        if record.image is not None or record.image_path is None:
            return record.load_image()
        return load_image(
            record.image_path, record.exif_orientation, record.max_pixels
        )
    except ImageError:
        return None


def _drawn(
    image: np.ndarray,
    record: Record,
    objects: Sequence[int],
    class_names: Sequence[str],
) -> Picture:
    fits = image.shape[:2] == tuple(record.original_size)
    items = [record.instances[i] for i in objects[:MOST_OBJECTS] if fits]
    boxes = np.array([item.bbox for item in items]).reshape(-1, 4)
    x1, y1, x2, y2 = _window(boxes, (image.shape[0], image.shape[1]))
    size = record.original_size
    masks = np.zeros((len(items), y2 - y1, x2 - x1), bool)
    for mask, item in zip(masks, items, strict=True):
        mask[:] = rasterize(item.segmentation, size)[y1:y2, x1:x2]
    part = image[y1:y2, x1:x2]
    scale = min(1.0, LARGEST / max(part.shape[:2]))
    if scale < 1.0:
        sides = (
            max(1, round(part.shape[1] * scale)),
            max(1, round(part.shape[0] * scale)),
        )
        part = cv2.resize(part, sides, interpolation=cv2.INTER_AREA)
        masks = np.array(
            [_shrunk(mask, sides) for mask in masks], bool
        ).reshape(-1, *part.shape[:2])
    labels = [item.label for item in items]
    return draw_instances(
        part,
        masks,
        labels,
        class_names=class_names,
        show_labels=len(items) <= MOST_NAMES,
        scale=max(1, LARGEST // max(part.shape[:2])),
    )


def _shrunk(mask: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    """A smaller mask that keeps whatever the mask has."""
    small = cv2.resize(
        mask.astype(np.float32), sides, interpolation=cv2.INTER_AREA
    )
    return np.asarray(small > min(0.5, 0.5 * float(small.max())))


def _window(boxes: np.ndarray, size: tuple[int, int]) -> tuple[int, ...]:
    """The objects and as much again around them, xyxy; else the image."""
    height, width = size
    if not len(boxes):
        return 0, 0, width, height
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    middle, half = (low + high) / 2, np.maximum(high - low, AROUND / 2)
    room = np.array([width, height])
    first = np.clip(np.floor(middle - half), 0, room - 1).astype(int)
    end = np.clip(np.ceil(middle + half), first + 1, room).astype(int)
    return (*first.tolist(), *end.tolist())
