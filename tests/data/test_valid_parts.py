"""Valid polygons with holes: nothing touches, nothing is lost."""

import cv2
import numpy as np
import pytest

from keras_solo.data import valid_parts as v
from keras_solo.data.masks import rasterize
from keras_solo.data.outlines import Part


def area(ring):
    x, y = ring.T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def part_area(part):
    return area(part.outer) - sum(map(area, part.holes))


def box(x1, y1, x2, y2):
    return np.float64([[x1, y1], [x1, y2], [x2, y2], [x2, y1]])


def masks(count, smooth):
    rng = np.random.default_rng(0)
    for _ in range(count):
        noise = rng.random(rng.integers(1, 40, 2))
        if smooth:
            noise = cv2.GaussianBlur(noise, (0, 0), 1.5)
        yield noise > np.quantile(noise, rng.uniform(0.2, 0.8))


def drawn(parts, size):
    mask = np.zeros(size, np.uint8)
    for part in parts:
        mask |= rasterize([part.outer.ravel()], size)
        for hole in part.holes:
            mask &= 1 - rasterize([hole.ravel()], size)
    return mask


def test_an_empty_mask():
    assert v.valid_parts(np.zeros((3, 4), bool)) == []
    assert v.valid_parts(np.zeros((3, 4), bool), 2.0) == []


def test_corners_part_and_a_hole_that_touches():
    """The hole is one although it touches the outer ring at a corner."""
    mask = np.ones((3, 3), bool)
    mask[1, 1] = mask[2, 2] = False
    [part] = v.valid_parts(mask)
    assert area(part.outer) == 8 and [area(h) for h in part.holes] == [1]
    first, second = v.valid_parts(np.eye(2)[::-1])
    assert area(first.outer) == area(second.outer) == 1


@pytest.mark.parametrize("smooth", [False, True])
def test_exact_parts_are_the_mask(smooth):
    for mask in masks(60, smooth):
        parts = v.valid_parts(mask)
        assert sum(map(part_area, parts)) == mask.sum()
        np.testing.assert_array_equal(drawn(parts, mask.shape), mask)
        for part in parts:
            for ring in (part.outer, *part.holes):
                assert len(np.unique(ring, axis=0)) == len(ring)


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("tolerance", [0.5, 2.0, 30.0, 1e300])
def test_simplified_parts_are_valid_and_none_is_lost(smooth, tolerance):
    fewer = 0
    for mask in masks(30, smooth):
        exact, simple = v.valid_parts(mask), v.valid_parts(mask, tolerance)
        assert len(simple) == len(exact)
        for one, other in zip(exact, simple, strict=True):
            assert len(one.holes) == len(other.holes)
            assert part_area(other) > 0
            fewer += len(one.outer) - len(other.outer)
            same = all(map(np.array_equal, one.holes, other.holes))
            if not (same and np.array_equal(one.outer, other.outer)):
                assert v.is_valid(other)
    assert fewer > 0


def test_a_simpler_ring_is_within_the_tolerance():
    y, x = np.mgrid[:60, :60]
    distance = np.hypot(x - 30, y - 30)
    [part] = v.valid_parts((distance < 28) & (distance > 24), 1.0)
    assert len(part.outer) < 40 and len(part.holes) == 1
    # A ring four pixels wide, simplified by ten, would cross itself.
    [other] = v.valid_parts((distance < 28) & (distance > 24), 10.0)
    assert v.is_valid(other) and len(other.holes) == 1


OUTER = box(0, 0, 20, 20)


@pytest.mark.parametrize(
    ("outer", "holes", "expected"),
    [
        (OUTER, [], True),
        (OUTER, [box(2, 2, 5, 5), box(7, 7, 9, 9)], True),
        (box(0, 0, 5, 5)[[0, 2, 1, 3]], [], False),  # a bow
        (np.float64([[0, 0], [4, 0], [8, 0], [2, 0]]), [], False),  # flat
        (OUTER, [box(15, 15, 25, 25)], False),  # crosses
        (OUTER, [box(30, 30, 35, 35)], False),  # outside
        (OUTER, [box(0, 5, 3, 8)], False),  # along an edge
        (OUTER, [box(2, 2, 9, 9), box(4, 4, 6, 6)], False),  # in a hole
        (OUTER, [box(2, 2, 5, 5), box(5, 5, 8, 8)], False),  # at a corner
    ],
)
def test_valid(outer, holes, expected):
    assert v.is_valid(Part(outer, holes)) is expected


def test_pairs_come_in_pieces(monkeypatch):
    counts = np.array([3, 2, 0, 1, 0])
    whole = [np.concatenate(side) for side in zip(*v._pairs(counts))]  # noqa: B905
    assert whole[0].tolist() == [0, 0, 0, 1, 1, 3]
    assert whole[1].tolist() == [1, 2, 3, 2, 3, 4]
    monkeypatch.setattr(v, "TOGETHER", 2)
    pieces = list(v._pairs(counts))
    assert len(pieces) > 1
    for side in (0, 1):
        joined = np.concatenate([piece[side] for piece in pieces])
        np.testing.assert_array_equal(joined, whole[side])
    assert v.is_valid(Part(OUTER, [box(2, 2, 5, 5)]))
    assert not v.is_valid(Part(OUTER, [box(15, 15, 25, 25)]))


def test_too_many_pairs_stay_exact(monkeypatch):
    mask = np.tri(9, dtype=bool)
    [exact] = v.valid_parts(mask)
    assert len(v.valid_parts(mask, 1.0)[0].outer) < len(exact.outer)
    monkeypatch.setattr(v, "MOST_PAIRS", 1)
    assert len(v.valid_parts(mask, 1.0)[0].outer) == len(exact.outer)
