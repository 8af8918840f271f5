"""The objects of many images as arrays: what levels and sizes are told by."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from keras_solo.data.canvas_masks import mask_centers
from keras_solo.data.masks import rasterize
from keras_solo.data.records import Record
from keras_solo.geometry import Letterbox
from keras_solo.geometry.size import Size


class ImageObjects(NamedTuple):
    """The objects of one image that are no crowds, in original pixels.

    Args:
        size: (height, width) of the image.
        boxes: float64 `(n, 4)` xyxy, as annotated.
        centers: float32 `(n, 2)` centres of mass, x, y, as in `mask_centers`.
        pixels: int64 `(n,)` pixels of each mask.
        labels: int64 `(n,)`.
    """

    size: Size
    boxes: np.ndarray
    centers: np.ndarray
    pixels: np.ndarray
    labels: np.ndarray


def image_objects(record: Record) -> ImageObjects:
    """Draws each object once, one at a time.

    Args:
        record: An image and its objects.

    Raises:
        ValueError: If an outline cannot be drawn.
    """
    items = record.instances
    centers = np.zeros((len(items), 2), np.float32)
    pixels = np.zeros(len(items), np.int64)
    for index, item in enumerate(items):
        mask = rasterize(item.segmentation, record.original_size)
        centers[index] = mask_centers(mask[None])[0]
        pixels[index] = np.count_nonzero(mask)
    boxes = np.array([item.bbox for item in items], np.float64)
    return ImageObjects(
        (int(record.original_size[0]), int(record.original_size[1])),
        boxes.reshape(-1, 4),
        centers,
        pixels,
        np.array([item.label for item in items], np.int64),
    )


class CanvasObjects(NamedTuple):
    """The objects on a canvas, all images one after the other.

    Args:
        image: int64 `(M,)` which image, or which tile, each object is on.
        boxes: float64 `(M, 4)` xyxy, canvas pixels.
        centers: float64 `(M, 2)` x, y, canvas pixels.
        areas: float64 `(M,)` canvas pixels of each mask.
        num_images: All images, those without objects too.
    """

    image: np.ndarray
    boxes: np.ndarray
    centers: np.ndarray
    areas: np.ndarray
    num_images: int

    @property
    def box_sizes(self) -> np.ndarray:
        """`(M,)` square roots of box areas: what decides about levels."""
        sides = np.maximum(self.boxes[:, 2:] - self.boxes[:, :2], 0.0)
        return np.sqrt(sides[:, 0] * sides[:, 1])


@dataclasses.dataclass(frozen=True, eq=False)
class ObjectTable:
    """The objects of many images, drawn once, for any number of canvases.

    Args:
        images: What `image_objects` returns, image by image.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> table = ObjectTable.of(ShapesDataset(num_images=2))
    >>> len(table.images), table.counts.tolist()
    (2, [1, 2])
    """

    images: Sequence[ImageObjects]

    @classmethod
    def of(cls, records: Iterable[Record]) -> ObjectTable:
        """Of a dataset, or of some of its records."""
        return cls([image_objects(record) for record in records])

    @property
    def counts(self) -> np.ndarray:
        """int64 `(images,)`: the objects of each image."""
        return np.array([len(one.labels) for one in self.images], np.int64)

    @property
    def labels(self) -> np.ndarray:
        """int64 `(M,)`: the label of each object."""
        return np.concatenate(
            [np.zeros(0, np.int64), *(one.labels for one in self.images)]
        )

    def on_canvas(
        self, image_size: Size, pixel_scale: float | None = None
    ) -> CanvasObjects:
        """The objects where a letterbox puts them, or on tiles.

        Args:
            image_size: (height, width) of the canvas, multiples of 32.
            pixel_scale: Canvas pixels per pixel of the image: images larger
                than the canvas are cut into tiles, and an object is on the
                one that has its centre. By default a letterbox's own.
        """
        image = np.repeat(np.arange(len(self.images)), self.counts)
        scale = self._factors(image_size, pixel_scale)[image]
        boxes, centers, pixels = (
            np.concatenate([empty, *(one[field] for one in self.images)])
            for field, empty in (
                (1, np.zeros((0, 4))),
                (2, np.zeros((0, 2))),
                (3, np.zeros(0)),
            )
        )
        objects = CanvasObjects(
            image,
            boxes * np.tile(scale, 2),
            (centers + 0.5) * scale - 0.5,
            pixels * scale.prod(axis=1),
            len(self.images),
        )
        return _on_tiles(objects, image_size) if pixel_scale else objects

    def _factors(
        self, image_size: Size, pixel_scale: float | None
    ) -> np.ndarray:
        """float64 `(images, 2)`: x, y, canvas pixels per original pixel."""
        if pixel_scale is not None:
            return np.full((len(self.images), 2), float(pixel_scale))
        letterbox = Letterbox(image_size)
        factors = [letterbox.factors(one.size) for one in self.images]
        return np.array(factors, np.float64).reshape(-1, 2)


def _on_tiles(objects: CanvasObjects, image_size: Size) -> CanvasObjects:
    """Cuts images that are larger than the canvas into tiles side by side.

    Args:
        objects: On canvases as large as their images.
        image_size: (height, width) of a tile.

    Returns:
        The objects, `image` a number of the tile, from 0.
    """
    sides = np.array(image_size[::-1], np.float64)
    tiles = np.floor((objects.centers + 0.5) / sides)
    corners = tiles * sides
    places = np.column_stack([objects.image, tiles])
    _, image = np.unique(places, axis=0, return_inverse=True)
    return objects._replace(
        image=image.reshape(-1),
        boxes=objects.boxes - np.tile(corners, 2),
        centers=objects.centers - corners,
    )
