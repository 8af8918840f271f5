"""Masks to valid polygons with holes, of as few corners as wanted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import cv2
import numpy as np

from keras_solo.data.outlines import Part, mask_outlines

# A tolerance below this, in pixels, leaves an outline as it is.
LEAST_TOLERANCE = 0.25
# Pairs of edges: looked at together, and at most of one part.
TOGETHER, MOST_PAIRS = 1_000_000, 50_000_000


def valid_parts(mask: np.ndarray, tolerance: float = 0.0) -> list[Part]:
    """The parts of a mask, each a valid polygon with holes.

    Pixels that touch at a corner alone are in different parts, since a ring
    that touches itself is none of a valid polygon.

    Args:
        mask: `(height, width)`, nonzero inside.
        tolerance: How far a simplified ring may be from the exact one, in
            pixels. `0` is exact.

    Returns:
        Outer rings and holes along the edges of pixels.

    Example:

    >>> [one, other] = valid_parts(np.eye(2, dtype=bool))
    >>> one.outer.tolist()
    [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]
    """
    inside = (np.asarray(mask) != 0).astype(np.uint8)
    if not inside.any():
        return []
    count, ids, boxes, _ = cv2.connectedComponentsWithStats(
        inside, connectivity=4
    )
    parts = []
    for id_ in range(1, count):
        x, y, width, height = boxes[id_, :4].tolist()
        piece = ids[y : y + height, x : x + width] == id_
        [part] = mask_outlines(piece)
        moved = Part(part.outer + (x, y), [one + (x, y) for one in part.holes])
        parts.append(simplified(moved, tolerance) if tolerance else moved)
    return parts


def simplified(part: Part, tolerance: float) -> Part:
    """A part with fewer corners, still a valid polygon.

    Where rings would cross, touch, or leave one another at the tolerance, it
    is halved until they do not; the last resort is the exact part. A ring
    that would have no area stays as it is. So no part and no hole is lost.

    Args:
        part: A valid polygon of whole numbers.
        tolerance: How far a ring may be from the exact one, in pixels.

    Example:

    >>> steps = np.float64([[0, 0], [0, 9], [9, 9], [9, 1], [5, 1], [5, 0]])
    >>> len(simplified(Part(steps, []), 1.0).outer)
    4
    """
    tolerance = min(tolerance, float(np.ptp(part.outer, axis=0).sum()))
    while tolerance >= LEAST_TOLERANCE:
        outer, *holes = (
            _fewer(ring, tolerance) for ring in (part[0], *part[1])
        )
        if is_valid(fewer := Part(outer, holes)):
            return fewer
        tolerance /= 2
    return part


def _fewer(ring: np.ndarray, tolerance: float) -> np.ndarray:
    """A ring with fewer corners, or as it is where no area would be left."""
    fewer = cv2.approxPolyDP(ring.astype(np.float32), tolerance, True)
    if len(fewer) < 3 or not cv2.contourArea(fewer):
        return ring
    return fewer[:, 0].astype(np.float64)


def is_valid(part: Part) -> bool:
    """Whether rings are apart, the holes inside, and none in another hole.

    Args:
        part: Rings of whole numbers.

    Example:

    >>> bow = np.float64([[0, 0], [2, 2], [2, 0], [0, 2]])
    >>> is_valid(Part(bow, []))
    False
    """
    rings = [part.outer, *part.holes]
    if any(map(_turns_back, rings)) or _touch(rings):
        return False
    flat = [ring.astype(np.float32) for ring in rings]
    boxes = np.array([cv2.boundingRect(ring) for ring in flat])
    first, last = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    for number in range(1, len(rings)):
        x, y = point = flat[number][0].tolist()
        around = ((first <= point) & (point <= last)).all(axis=1)
        around[number] = False
        found = [
            int(other)
            for other in np.flatnonzero(around)
            if cv2.pointPolygonTest(flat[other], (x, y), False) > 0
        ]
        if found != [0]:
            return False
    return True


def _turns_back(ring: np.ndarray) -> bool:
    """Whether an edge runs back over the one before."""
    come = ring - np.roll(ring, 1, axis=0)
    go = np.roll(come, -1, axis=0)
    crossed = come[:, 0] * go[:, 1] - come[:, 1] * go[:, 0]
    return bool(((crossed == 0) & ((come * go).sum(axis=1) <= 0)).any())


def _touch(rings: list[np.ndarray]) -> bool:
    """Whether two edges have a point in common, but for neighbours."""
    starts = np.concatenate(rings)
    stops = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    firsts = np.cumsum([0, *map(len, rings)])
    following = np.concatenate(
        [np.roll(np.arange(a, b), -1) for a, b in itertools.pairwise(firsts)]
    )
    least, most = np.minimum(starts, stops), np.maximum(starts, stops)
    order = np.argsort(least[:, 0], kind="stable")
    ends = np.searchsorted(least[order, 0], most[order, 0], side="right")
    counts = ends - np.arange(1, len(order) + 1)
    if counts.sum() > MOST_PAIRS:
        return True
    for one, other in _pairs(counts):
        one, other = order[one], order[other]
        near = (least[one] <= most[other]) & (least[other] <= most[one])
        near = near.all(axis=1)
        near &= (following[one] != other) & (following[other] != one)
        one, other = one[near], other[near]
        edge = starts[one], stops[one], starts[other], stops[other]
        if (_sides(*edge) & _sides(*edge[2:], *edge[:2])).any():
            return True
    return False


def _pairs(counts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each number with the `counts` numbers that follow it, not too many."""
    total = np.cumsum(counts)
    start = 0
    while start < len(counts):
        done = total[start - 1] if start else 0
        stop = int(np.searchsorted(total, done + TOGETHER, side="right"))
        stop = max(stop, start + 1)
        some = counts[start:stop]
        one = np.repeat(np.arange(start, stop), some)
        within = np.arange(len(one)) - np.repeat(np.cumsum(some) - some, some)
        yield one, one + 1 + within
        start = stop


def _sides(
    start: np.ndarray, stop: np.ndarray, one: np.ndarray, other: np.ndarray
) -> np.ndarray:
    """Whether two points are on different sides of a line, or on it."""
    line = stop - start
    sides = [
        line[:, 0] * (point - start)[:, 1] - line[:, 1] * (point - start)[:, 0]
        for point in (one, other)
    ]
    return np.sign(sides[0]) * np.sign(sides[1]) <= 0
