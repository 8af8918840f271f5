"""One affine that turns and shears, for image, polygons and pixels."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

from keras_solo.geometry.placement import Placement
from keras_solo.geometry.size import Size

# Scale below which bilinear sampling skips pixels that photos show, as in
# `data/augment.py`: above it an image is warped as it is.
LINEAR_FROM = 0.7


@dataclasses.dataclass(frozen=True)
class AffinePlacement:
    """A placement that is turned and sheared about its middle.

    The middle is that of the part of the image that the placement shows, so
    that what is in sight stays in sight. Coordinates are continuous: pixel i
    spans i to i + 1.

    Args:
        placement: Resize, flip, crop and pad, which come first.
        rotation: Degrees, clockwise on the canvas.
        shear: Degrees by which vertical lines lean, before the rotation;
            between -89 and 89.

    Example:

    >>> place = Placement((8, 8), (8, 8), (8, 8))
    >>> turned = AffinePlacement(place, rotation=90.0)
    >>> turned.move(np.array([[0.0, 0.0]])).round(6).tolist()
    [[8.0, 0.0]]
    """

    placement: Placement
    rotation: float = 0.0
    shear: float = 0.0

    @property
    def original_size(self) -> Size:
        """(height, width) of the image in pixels."""
        return self.placement.original_size

    @property
    def resized_size(self) -> Size:
        """(height, width) of the whole image before it is turned."""
        return self.placement.resized_size

    @property
    def canvas_size(self) -> Size:
        """(height, width) of the canvas."""
        return self.placement.canvas_size

    @functools.cached_property
    def matrix(self) -> np.ndarray:
        """float64 `(2, 3)`: original (x, y, 1) to canvas (x, y)."""
        x1, y1, x2, y2 = self.placement.window
        middle = np.array([x1 + x2, y1 + y2]) / 2
        turn = _turn(self.rotation, self.shear)
        before = self.placement.matrix
        shift = turn @ (before[:, 2] - middle) + middle
        return np.column_stack([turn @ before[:, :2], shift])

    @functools.cached_property
    def inverse(self) -> np.ndarray:
        """float64 `(2, 3)`: canvas (x, y, 1) to original (x, y)."""
        linear = np.linalg.inv(self.matrix[:, :2])
        return np.column_stack([linear, -linear @ self.matrix[:, 2]])

    def move(self, points: np.ndarray) -> np.ndarray:
        """Points of the image to the canvas.

        Args:
            points: `(n, 2)` x and y, original pixels.

        Returns:
            float64 array `(n, 2)`, canvas pixels.
        """
        return move_points(self.matrix, points)


AnyPlacement: TypeAlias = Placement | AffinePlacement
"""Where an image is on its canvas."""


def move_points(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points by an affine.

    Args:
        matrix: `(2, 3)`.
        points: `(n, 2)` x and y.

    Returns:
        float64 array `(n, 2)`.

    Example:

    >>> move_points(np.eye(2, 3) * 2, np.ones((1, 2))).tolist()
    [[2.0, 2.0]]
    """
    return np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def _turn(rotation: float, shear: float) -> np.ndarray:
    """float64 `(2, 2)`: shear, then rotation; degrees."""
    angle, lean = math.radians(rotation), math.tan(math.radians(shear))
    cosine, sine = math.cos(angle), math.sin(angle)
    rotate = np.array([[cosine, -sine], [sine, cosine]])
    return rotate @ np.array([[1.0, lean], [0.0, 1.0]])


def warp_image(
    placement: AffinePlacement,
    image: np.ndarray,
    pad_value: Sequence[float],
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Puts an image on its canvas, sampled bilinearly, once.

    An image that becomes smaller than seven tenths of its size is averaged
    over blocks of whole pixels before, so that it does not alias.

    Args:
        placement: Where.
        image: uint8 `(height, width, 3)`, the whole image: at its original
            size, or decoded at a reduced one.
        pad_value: RGB, 0 to 255, beside the image.
        out: uint8 `(H, W, 3)`, the canvas to fill; a new one by default.

    Returns:
        uint8 array `(H, W, 3)`: the canvas.
    """
    height, width = placement.canvas_size
    if out is None:
        out = np.empty((height, width, 3), np.uint8)
    matrix = _of_pixels(placement, image.shape[:2])
    smallest = float(np.linalg.svd(matrix[:, :2], compute_uv=False)[-1])
    block = math.ceil(LINEAR_FROM / smallest)
    if block > 1:
        rows, columns = (max(1, side // block) for side in image.shape[:2])
        image = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)
        matrix = _of_pixels(placement, (rows, columns))
    # OpenCV counts from the middle of the first pixel.
    matrix[:, 2] += matrix[:, :2].sum(axis=1) / 2 - 0.5
    cv2.warpAffine(
        image,
        matrix,
        (width, height),
        dst=out,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=np.rint(pad_value).tolist(),
    )
    return out


def _of_pixels(placement: AffinePlacement, size: Size) -> np.ndarray:
    """The matrix for an image that was decoded or made at another size."""
    matrix = placement.matrix.copy()
    height, width = placement.original_size
    matrix[:, 0] *= width / size[1]
    matrix[:, 1] *= height / size[0]
    return matrix
