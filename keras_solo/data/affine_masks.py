"""Objects drawn on a canvas where their image is turned or sheared."""

from __future__ import annotations

import numpy as np

from keras_solo.data.canvas_masks import (
    NO_PIXELS,
    CanvasMask,
    whole_blocks,
    whole_pixels,
)
from keras_solo.data.masks import Segmentation, decode_rle, rasterize
from keras_solo.data.polygons import draw_polygons, near_polygons
from keras_solo.geometry.affine import AffinePlacement
from keras_solo.geometry.extent import extent
from keras_solo.geometry.size import Size

# left, top, right, bottom of a part of the canvas, whole pixels
Part = tuple[int, int, int, int]


def place_mask_by_affine(
    placement: AffinePlacement,
    segmentation: Segmentation,
    like_reference: bool = False,
) -> CanvasMask:
    """Draws an object on the canvas.

    Polygons are moved vertex by vertex, in float64, and drawn on the canvas
    itself. Run lengths have pixels only: a pixel of the canvas is set where
    its middle lies in a pixel that they set.

    Args:
        placement: Where.
        segmentation: Polygons or run lengths, original pixels.
        like_reference: Whether polygons, too, go by way of a mask at the
            original size.

    Returns:
        The object's part of the canvas, nothing outside the image.

    Raises:
        ValueError: As `masks.to_rle`.

    Example:

    >>> from keras_solo.geometry import Placement
    >>> place = Placement((8, 8), (8, 8), (8, 8))
    >>> square = [[0, 0, 2, 0, 2, 2, 0, 2]]
    >>> turned = AffinePlacement(place, rotation=90.0)
    >>> place_mask_by_affine(turned, square).center().tolist()
    [6.5, 0.5]
    """
    if like_reference or isinstance(segmentation, dict):
        return _place_pixels(placement, segmentation)
    polygons = [
        part.reshape(-1, 2)
        for part in near_polygons(segmentation, placement.original_size)
    ]
    moved = [placement.move(polygon) for polygon in polygons]
    part = _part(np.concatenate(moved), placement.canvas_size)
    if part is None:
        return NO_PIXELS
    columns = _drawn(moved, part)
    points = np.concatenate(polygons)
    if (points < 0).any() or (points > placement.original_size[::-1]).any():
        # An annotation may exceed its image.
        columns &= _drawn([placement.move(_image_corners(placement))], part)
    return whole_blocks(columns, part[0], part[1])


def _part(points: np.ndarray, canvas_size: Size) -> Part | None:
    """The part of the canvas around points, if there is one."""
    (x1, y1), (x2, y2) = points.min(axis=0), points.max(axis=0)
    left, right = whole_pixels(x1, x2, canvas_size[1])
    top, bottom = whole_pixels(y1, y2, canvas_size[0])
    if left >= right or top >= bottom:
        return None
    return left, top, right, bottom


def _drawn(polygons: list[np.ndarray], part: Part) -> np.ndarray:
    """uint8 `(width, height)` of a part of the canvas."""
    left, top, right, bottom = part
    flat = [(polygon - (left, top)).ravel() for polygon in polygons]
    return decode_rle(draw_polygons(flat, (bottom - top, right - left))).T


def _image_corners(placement: AffinePlacement) -> np.ndarray:
    height, width = placement.original_size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]])


def _place_pixels(
    placement: AffinePlacement, segmentation: Segmentation
) -> CanvasMask:
    """Asks for each pixel of the canvas which original pixel it is in."""
    mask = rasterize(segmentation, placement.original_size)
    x1, y1, x2, y2 = extent(mask)
    corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])
    part = _part(placement.move(corners), placement.canvas_size)
    if x1 == x2 or part is None:
        return NO_PIXELS
    # A frame of zeros around: what is outside takes them.
    framed = np.pad(mask[y1:y2, x1:x2], 1)
    left, top, right, bottom = part
    across = np.arange(left, right)[:, None] + 0.5
    down = np.arange(top, bottom)[None] + 0.5
    (xx, xy, x), (yx, yy, y) = placement.inverse
    from_x = np.floor(xx * across + xy * down + (x - x1 + 1))
    from_y = np.floor(yx * across + yy * down + (y - y1 + 1))
    columns = framed[
        from_y.clip(0, y2 - y1 + 1).astype(np.intp),
        from_x.clip(0, x2 - x1 + 1).astype(np.intp),
    ]
    return whole_blocks(columns, left, top)
