"""Masks to outlines along the edges of pixels, holes and all."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

# OpenCV's tree of contours: the next, the one before, a child, the parent.
NEXT, PARENT = 0, 3


class Part(NamedTuple):
    """A connected part of a mask.

    Attributes:
        outer: float64 `(points, 2)`, x and y, its outline.
        holes: The same for each hole in it.
    """

    outer: np.ndarray
    holes: list[np.ndarray]


class Piece(NamedTuple):
    """What of a mask is inside its tight box.

    Attributes:
        mask: `(height, width)` of the box.
        left: Its first column in the whole mask.
        top: Its first row.
    """

    mask: np.ndarray
    left: int
    top: int


def tight_piece(mask: np.ndarray) -> Piece:
    """A mask without the empty rows and columns around it.

    Args:
        mask: `(height, width)`, nonzero inside. Of an empty one, nothing stays.

    Example:

    >>> tight_piece(np.array([[0, 0, 0], [0, 1, 0]]))
    Piece(mask=array([[ True]]), left=1, top=1)
    """
    inside = np.asarray(mask) != 0
    rows, columns = (np.flatnonzero(inside.any(axis)) for axis in (1, 0))
    if not rows.size:
        return Piece(inside[:0, :0], 0, 0)
    left, top = int(columns[0]), int(rows[0])
    piece = inside[top : rows[-1] + 1, left : columns[-1] + 1]
    return Piece(piece, left, top)


def mask_outlines(mask: np.ndarray) -> list[Part]:
    """The parts of a mask, pixels that touch at a corner in one.

    Args:
        mask: `(height, width)`, nonzero inside.

    Returns:
        Exact outlines: drawn by `masks.rasterize`, all of a part but its holes
        is the part again.

    Example:

    >>> ring = np.ones((3, 3), bool)
    >>> ring[1, 1] = False
    >>> [part] = mask_outlines(ring)
    >>> part.outer.tolist(), len(part.holes)
    ([[0.0, 0.0], [0.0, 3.0], [3.0, 3.0], [3.0, 0.0]], 1)
    """
    piece, *start = tight_piece(mask)
    if not piece.size:
        return []
    # OpenCV traces the centres of border pixels. At double size, the centres
    # on both sides of a pixel's edge round to that edge.
    doubled = piece.astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    contours, tree = cv2.findContours(
        doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    edges = [corners((line[:, 0] + 1) // 2) + start for line in contours]
    parts: dict[int, Part] = {}
    for number, outline in enumerate(edges):
        if tree[0, number, PARENT] < 0:
            parts[number] = Part(outline, [])
    for number, outline in enumerate(edges):
        parent = int(tree[0, number, PARENT])
        if parent >= 0:
            parts[parent].holes.append(outline)
    return list(parts.values())


def corners(points: np.ndarray) -> np.ndarray:
    """Drops repeated points of a closed line, and those on a straight one."""
    points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
    come = points - np.roll(points, 1, axis=0)
    go = np.roll(points, -1, axis=0) - points
    turns = come[:, 0] * go[:, 1] != come[:, 1] * go[:, 0]
    return points[turns].astype(np.float64)


def bridged(parts: list[Part]) -> np.ndarray:
    """One closed line around all parts and holes of an object.

    Bridges without width lead there and back, between the corners that are
    nearest to one another. Drawn by `masks.rasterize`, they leave no trace.

    Args:
        parts: At least one.

    Returns:
        float64 `(points, 2)`, x and y.

    Example:

    >>> dots = np.array([[1, 0, 1]])
    >>> len(bridged(mask_outlines(dots)))
    10
    """
    waiting = [line for part in parts for line in (part.outer, *part.holes)]
    whole = waiting.pop(0)
    while waiting:
        distances = [_nearest(whole, line) for line in waiting]
        number = int(np.argmin([found[0] for found in distances]))
        _, here, there = distances[number]
        other = np.roll(waiting.pop(number), -there, axis=0)
        whole = np.concatenate(
            [whole[: here + 1], other, other[:1], whole[here:]]
        )
    return whole


def _nearest(one: np.ndarray, other: np.ndarray) -> tuple[float, int, int]:
    """The least distance of two corners, squared, and which these are."""
    steps = one[:, None] - other[None]
    distances = (steps**2).sum(axis=2)
    place = int(distances.argmin())
    here, there = divmod(place, len(other))
    return float(distances[here, there]), here, there
