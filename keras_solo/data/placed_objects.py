"""Objects of a sample before they become arrays: what of them is in sight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from keras_solo.data.affine_masks import place_mask_by_affine
from keras_solo.data.canvas_masks import (
    CanvasMask,
    place_mask,
    place_mask_like_reference,
)
from keras_solo.data.masks import segmentation_area
from keras_solo.data.records import ObjectAnnotation
from keras_solo.geometry.affine import (
    AffinePlacement,
    AnyPlacement,
    move_points,
)
from keras_solo.geometry.extent import extent
from keras_solo.geometry.placement import place_boxes

# How far a box may reach beyond the canvas and still be inside: rounding.
ROUNDING = 1e-3


class PlacedObject(NamedTuple):
    """One object on the canvas.

    Args:
        item: As annotated.
        placement: Where its image is.
        mask: Its visible pixels.
        box: float32 `(4,)` xyxy, canvas pixels.
        is_covered: Whether others hide a part of it.
    """

    item: ObjectAnnotation
    placement: AnyPlacement
    mask: CanvasMask
    box: np.ndarray
    is_covered: bool = False

    @property
    def pixels(self) -> int:
        """How many pixels of it are visible."""
        return int(np.count_nonzero(self.mask.columns))

    def without(self, cover: np.ndarray) -> PlacedObject:
        """What others leave of it: its mask less theirs, and a tight box.

        Args:
            cover: uint8 `(H, W)` of 0 and 1, the pixels of what covers it.
        """
        (x, y), (width, height) = self.mask.corner, self.mask.columns.shape
        above = cover[y : y + height, x : x + width].T
        if not (self.mask.columns & above).any():
            return self
        mask = CanvasMask(self.mask.columns & (1 - above), (x, y))
        return self._replace(mask=mask, box=mask_box(mask), is_covered=True)

    def shifted(self, x: int, y: int) -> PlacedObject:
        """The same on a canvas of which its own is a part.

        Args:
            x: Where the part begins, in pixels: a multiple of 4.
            y: The same.
        """
        left, top = self.mask.corner
        mask = CanvasMask(self.mask.columns, (left + x, top + y))
        box = self.box + np.array([x, y, x, y], np.float32)
        return self._replace(mask=mask, box=box)

    def visible_part(self) -> float:
        """The part of it that is visible, from 0 to 1.

        All of it, unless others cover it or its box reaches beyond the
        canvas; then its pixels by those of the whole object, at the canvas's
        scale. What is thinner than a pixel has none: all of it, again.
        """
        if not self.is_covered and self._is_inside():
            return 1.0
        size, matrix = self.placement.original_size, self.placement.matrix
        whole = segmentation_area(self.item.segmentation, size)
        whole *= abs(float(np.linalg.det(matrix[:, :2])))
        return min(1.0, self.pixels / whole) if whole else 1.0

    def _is_inside(self) -> bool:
        x1, y1, x2, y2 = self.item.bbox
        corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])
        moved = move_points(self.placement.matrix, corners)
        farthest = np.array(self.placement.canvas_size[::-1]) + ROUNDING
        return bool((moved >= -ROUNDING).all() and (moved <= farthest).all())


def place_objects(
    objects: Sequence[ObjectAnnotation],
    placement: AnyPlacement,
    like_reference: bool = False,
) -> Iterator[PlacedObject]:
    """Puts objects on the canvas, one after the other.

    Boxes are the annotated ones, moved and clipped to what is visible of the
    image. Where the image is turned or sheared they are the tight boxes of
    the visible pixels.

    Args:
        objects: Of one image.
        placement: Where the image is.
        like_reference: Whether masks go by way of the original size.

    Yields:
        One for each object, also for those without a pixel on the canvas.
    """
    if isinstance(placement, AffinePlacement):
        for item in objects:
            mask = place_mask_by_affine(
                placement, item.segmentation, like_reference
            )
            yield PlacedObject(item, placement, mask, mask_box(mask))
        return
    boxes = np.array([item.bbox for item in objects], np.float32)
    boxes = place_boxes(placement, boxes.reshape(-1, 4))
    draw = place_mask_like_reference if like_reference else place_mask
    for item, box in zip(objects, boxes, strict=True):
        mask = draw(placement, item.segmentation)
        yield PlacedObject(item, placement, mask, box)


def mask_box(mask: CanvasMask) -> np.ndarray:
    """float32 `(4,)` xyxy, canvas pixels: the tight box of a mask."""
    y1, x1, y2, x2 = extent(mask.columns)
    x, y = mask.corner
    return np.array([x1 + x, y1 + y, x2 + x, y2 + y], np.float32)


def largest_placed(
    objects: Sequence[PlacedObject], count: int
) -> Sequence[PlacedObject]:
    """The `count` objects with the most visible pixels, in their order."""
    if len(objects) <= count:
        return objects
    order = sorted(range(len(objects)), key=lambda i: -objects[i].pixels)
    return [objects[i] for i in sorted(order[:count])]
