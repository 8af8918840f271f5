"""Masks with their places, to be moved and compared: what tracks are of."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_solo.data.instances import Instances

# The largest distance of two colours: of black and white.
BLACK_TO_WHITE = 255 * np.sqrt(3)


@dataclasses.dataclass(frozen=True)
class PlacedMask:
    """A mask in its tight box.

    Args:
        crop: bool `(h, w)`.
        x: Where its left column is, in pixels of the image; it may be outside.
        y: Where its upper row is.
        center: x, y of its mean, in pixels of the image.
        area: Its pixels.
        color: `(3,)` mean RGB below it, or None where that is not known.
    """

    crop: np.ndarray
    x: int
    y: int
    center: np.ndarray
    area: int
    color: np.ndarray | None

    @property
    def size(self) -> float:
        """The side of a square of its area, pixels."""
        return float(np.sqrt(self.area))

    def moved(self, by: np.ndarray) -> PlacedMask:
        """The mask elsewhere, by whole pixels; its centre exactly.

        Args:
            by: x, y in pixels.
        """
        x, y = np.rint(by).astype(int).tolist()
        return dataclasses.replace(
            self, x=self.x + x, y=self.y + y, center=self.center + by
        )


def placed_masks(instances: Instances) -> list[PlacedMask]:
    """The masks of instances, one by one.

    Args:
        instances: Of one image. A mask without a pixel has the area 0.
    """
    masks = instances.compact_masks
    found = []
    for i, (x1, y1, x2, y2) in enumerate(masks.windows):
        crop, color = masks.crop(i), None
        if instances.image is not None and crop.any():
            color = instances.image[y1:y2, x1:x2][crop].mean(axis=0)
        found.append(PlacedMask(crop, x1, y1, *_moments(crop, x1, y1), color))
    return found


def _moments(crop: np.ndarray, x: int, y: int) -> tuple[np.ndarray, int]:
    """The centre and the area."""
    area = int(np.count_nonzero(crop))
    if not area:
        return np.array([x, y], np.float64), 0
    columns, rows = crop.sum(axis=0), crop.sum(axis=1)
    place = [
        (weights @ np.arange(len(weights))) / area
        for weights in (columns, rows)
    ]
    return np.array(place) + (x + 0.5, y + 0.5), area


def common_areas(
    some: Sequence[PlacedMask], others: Sequence[PlacedMask]
) -> np.ndarray:
    """Pixels that masks share; only those whose boxes touch are looked at.

    Args:
        some: `n` masks.
        others: `m` masks.

    Returns:
        `(n, m)` float64.
    """
    first, second = _boxes(some), _boxes(others)
    starts = np.maximum(first[:, None, :2], second[None, :, :2])
    stops = np.minimum(first[:, None, 2:], second[None, :, 2:])
    common = np.zeros((len(some), len(others)))
    for i, j in np.argwhere((starts < stops).all(axis=2)).tolist():
        (x1, y1), (x2, y2) = starts[i, j].tolist(), stops[i, j].tolist()
        a, b = (
            one.crop[y1 - one.y : y2 - one.y, x1 - one.x : x2 - one.x]
            for one in (some[i], others[j])
        )
        common[i, j] = np.count_nonzero(a & b)
    return common


def _boxes(masks: Sequence[PlacedMask]) -> np.ndarray:
    boxes = [
        (one.x, one.y, one.x + one.crop.shape[1], one.y + one.crop.shape[0])
        for one in masks
    ]
    return np.array(boxes, np.int64).reshape(-1, 4)


def color_distances(
    some: Sequence[PlacedMask], others: Sequence[PlacedMask]
) -> np.ndarray:
    """How far apart colours are: 1 is black and white, 0 also the unknown.

    Args:
        some: `n` masks.
        others: `m` masks.

    Returns:
        `(n, m)` float64.
    """
    first, second = _colors(some), _colors(others)
    apart = np.linalg.norm(first[:, None] - second[None, :], axis=2)
    return np.nan_to_num(apart / BLACK_TO_WHITE)


def _colors(masks: Sequence[PlacedMask]) -> np.ndarray:
    unknown = np.full(3, np.nan)
    colors = [unknown if one.color is None else one.color for one in masks]
    return np.array(colors, np.float64).reshape(-1, 3)
