"""A synthetic dataset: overlapping shapes with exact masks."""

from __future__ import annotations

import os
import pathlib

import cv2
import numpy as np

from keras_solo._whole_files import write_whole
from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.formats import coco
from keras_solo.data.masks import encode_mask
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.data.selection import checked_index
from keras_solo.geometry.extent import extent
from keras_solo.geometry.size import Size, checked_size

SHAPES = ("circle", "rectangle", "triangle")
SIZES = (18.0, 70.0)
# An object is kept if so much of it is visible.
MIN_VISIBLE_PART = 0.3
MIN_VISIBLE_PIXELS = 40
# Distance in RGB between an object and the middle of the background.
MIN_CONTRAST = 90.0


class ShapesDataset(InstanceDataset):
    """Circles, rectangles and triangles that hide one another.

    Images are drawn when they are asked for, and always the same: image i of
    a seed does not depend on anything else. Colours say nothing about the
    class. Later shapes hide earlier ones; masks, boxes and areas are of what
    is visible, and shapes that would be nearly hidden are left out.

    Args:
        num_images: The number of images.
        original_size: (height, width) in pixels.
        num_classes: 1 (circles), 2 (and rectangles) or 3 (and triangles).
        min_objects: Fewest shapes in an image.
        max_objects: Most shapes in an image.
        seed: An integer. Datasets with different seeds share no image.

    Example:

    >>> shapes = ShapesDataset(num_images=100, seed=1)
    >>> record = shapes[0]
    >>> record.load_image().shape
    (128, 128, 3)
    >>> bool((record.full_masks().sum(axis=0) <= 1).all())
    True
    """

    def __init__(
        self,
        num_images: int = 1000,
        original_size: Size = (128, 128),
        num_classes: int = 3,
        min_objects: int = 1,
        max_objects: int = 6,
        seed: int = 0,
    ) -> None:
        if not 1 <= num_classes <= len(SHAPES):
            raise ValueError(
                f"Expected num_classes from 1 to {len(SHAPES)}. "
                f"Received: {num_classes}"
            )
        if not 0 <= min_objects <= max_objects:
            raise ValueError(
                "Expected 0 <= min_objects <= max_objects. "
                f"Received: {min_objects} and {max_objects}"
            )
        if min(original_size) < 32:
            raise ValueError(
                "Expected an original_size (height, width) of at least 32. "
                f"Received: {original_size}"
            )
        super().__init__(SHAPES[:num_classes])
        self.num_images = num_images
        self.original_size: Size = checked_size(original_size)
        self.seed = seed
        self._object_range = (min_objects, max_objects)

    def __len__(self) -> int:
        return self.num_images

    def max_objects(self) -> int:
        """The largest number of objects that an image may have."""
        return self._object_range[1]

    def __getitem__(self, index: int) -> Record:
        index = checked_index(index, len(self))
        image, masks, labels = draw_shapes(
            np.random.default_rng([self.seed, index]),
            self.original_size,
            self.num_classes,
            self._object_range,
        )
        return Record(
            image_id=index + 1,
            original_size=self.original_size,
            objects=tuple(
                _annotation(mask, label, index * self._object_range[1] + place)
                for place, (mask, label) in enumerate(
                    zip(masks, labels, strict=True), start=1
                )
            ),
            image=image,
            file_name=f"{index + 1:06d}.png",
        )

    def write(self, folder: str | os.PathLike[str]) -> pathlib.Path:
        """Writes the dataset as a COCO-format folder.

        Args:
            folder: Gets `annotations.json` and `images/000001.png`, ...

        Returns:
            The path of the annotation file, for `CocoDataset`.
        """
        folder = pathlib.Path(folder)
        (folder / "images").mkdir(parents=True, exist_ok=True)
        for record in self:
            _, data = cv2.imencode(
                ".png", cv2.cvtColor(record.load_image(), cv2.COLOR_RGB2BGR)
            )
            write_whole(folder / "images" / record.file_name, data.tobytes())
        path = folder / "annotations.json"
        coco.write_file(path, self.to_coco())
        return path


def draw_shapes(
    rng: np.random.Generator,
    original_size: Size,
    num_classes: int,
    object_range: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Draws one image.

    Args:
        rng: Where the randomness comes from.
        original_size: (height, width) in pixels.
        num_classes: How many of `SHAPES` may appear.
        object_range: (fewest, most) shapes, before those that would be
            nearly hidden are left out.

    Returns:
        uint8 RGB image, `(n, height, width)` bool visible masks, n labels.
    """
    height, width = original_size
    base = rng.uniform(40, 215, 3)
    image = _background(rng, original_size, base)
    count = int(rng.integers(object_range[0], object_range[1] + 1))
    labels = rng.integers(num_classes, size=count)
    masks = np.zeros((count, height, width), bool)
    for mask, label in zip(masks, labels, strict=True):
        mask[:] = _draw(rng, SHAPES[label], original_size)
    enough = np.maximum(
        MIN_VISIBLE_PIXELS, MIN_VISIBLE_PART * masks.sum(axis=(1, 2))
    )
    kept = _visible(masks).sum(axis=(1, 2)) >= enough
    masks, labels = masks[kept], labels[kept]
    for mask in masks:
        image[mask] = _paint(rng, mask, base)
    image += _noise(rng, (height, width, 1), rng.uniform(3, 10))
    image += _noise(rng, (height, width, 3), 3)
    image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return image, _visible(masks), labels.tolist()


def _visible(masks: np.ndarray) -> np.ndarray:
    """What later masks leave of each mask."""
    visible = masks.copy()
    for number in range(len(masks) - 1):
        visible[number] &= ~masks[number + 1 :].any(axis=0)
    return visible


def _noise(
    rng: np.random.Generator, shape: tuple[int, ...], deviation: float
) -> np.ndarray:
    noise = rng.standard_normal(shape, dtype=np.float32)
    noise *= np.float32(deviation)
    return noise


def _background(
    rng: np.random.Generator, original_size: Size, base: np.ndarray
) -> np.ndarray:
    """A colour that changes slowly, float32."""
    coarse = (base + rng.normal(0, 18, (4, 4, 3))).astype(np.float32)
    return cv2.resize(
        coarse, original_size[::-1], interpolation=cv2.INTER_CUBIC
    )


def _draw(
    rng: np.random.Generator, shape: str, original_size: Size
) -> np.ndarray:
    """A bool mask of one whole shape somewhere in the image."""
    height, width = original_size
    largest = min(SIZES[1], 0.6 * min(original_size))
    # Small shapes are as frequent, per octave, as large ones.
    size = SIZES[0] * (largest / SIZES[0]) ** rng.random()
    radius = size / 2
    center = rng.uniform(radius, [width - radius, height - radius])
    angle = rng.uniform(0, 2 * np.pi)
    x = np.arange(width) + 0.5 - center[0]
    y = np.arange(height)[:, None] + 0.5 - center[1]
    if shape == "circle":
        return x * x + y * y <= radius * radius
    u = np.cos(angle) * x + np.sin(angle) * y
    v = np.cos(angle) * y - np.sin(angle) * x
    if shape == "rectangle":
        half = radius * rng.uniform(0.5, 1.0)
        return (np.abs(u) <= radius * 0.9) & (np.abs(v) <= half * 0.9)
    # Three half planes at equal angles around the centre.
    inner = radius * 0.55
    sides = [
        np.cos(turn) * u + np.sin(turn) * v <= inner
        for turn in (0, 2 * np.pi / 3, 4 * np.pi / 3)
    ]
    return np.logical_and.reduce(sides)


def _paint(
    rng: np.random.Generator, mask: np.ndarray, base: np.ndarray
) -> np.ndarray:
    """Colours of the pixels in a mask: one colour, shaded along a line."""
    color = rng.uniform(0, 255, 3)
    while np.linalg.norm(color - base) < MIN_CONTRAST:
        color = rng.uniform(0, 255, 3)
    y, x = np.nonzero(mask)
    slope = rng.normal(0, 0.4, 2)
    shade = slope[0] * (x - x.mean()) + slope[1] * (y - y.mean())
    return (color + shade[:, None]).astype(np.float32)


def _annotation(
    mask: np.ndarray, label: int, annotation_id: int
) -> ObjectAnnotation:
    x1, y1, x2, y2 = extent(mask)
    return ObjectAnnotation(
        label=label,
        bbox=(float(x1), float(y1), float(x2), float(y2)),
        segmentation=encode_mask(mask),
        area=float(np.count_nonzero(mask)),
        annotation_id=annotation_id,
    )
