"""Polygons that pycocotools may see, and outlines of masks."""

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from keras_solo.data import polygons as p

SQUARE = [1.0, 1.0, 3.0, 1.0, 3.0, 3.0, 1.0, 3.0]


# === What is drawn ===


@pytest.mark.parametrize("polygons", [[], [[]], [[0, 0, 2, 2]], [[1.0] * 7]])
def test_polygons_without_three_points(polygons):
    with pytest.raises(ValueError, match="three points or more"):
        p.near_polygons(polygons, (4, 5))


@pytest.mark.parametrize("value", [1e9, -1e9, np.nan, np.inf])
def test_polygons_that_are_far(value):
    far = [1.0, 1.0, 3.0, 1.0, 3.0, value]
    with pytest.raises(p.CannotDraw, match="polygon 1(, from | has NaN)"):
        p.near_polygons([SQUARE, far], (4, 5))


def test_near_is_twenty_image_sides():
    for point, near in (
        ((105.0, 84.0), True),
        ((105.1, 84.0), False),
        ((105.0, 84.1), False),
        ((-100.0, -80.0), True),
        ((-100.1, -80.0), False),
        ((-100.0, -80.1), False),
    ):
        box = p.polygon_box(np.array([1.0, 1.0, *point]))
        assert p.is_near(box, (4, 5)) == near


def test_near_is_a_million_pixels():
    size = (100_000, 3)
    assert p.is_near((0, 0, 3, 1_100_000), size)
    assert not p.is_near((0, 0, 3, 1_100_001), size)


def zigzag(count, width):
    """A flat polygon that goes to and fro."""
    x = np.arange(count) % 2 * width
    return np.stack([x, np.zeros(count)], 1).ravel()


@pytest.mark.parametrize(
    ("size", "longest"), [((4, 5), 18_000), ((9_000, 9_000), 1_000_000)]
)
def test_the_longest_outlines(size, longest):
    side = float(size[1])
    count = int(longest / side)
    p.near_polygons([zigzag(count, side)], size)
    half = zigzag(count // 2 + 2, side)
    with pytest.raises(p.CannotDraw, match=f"pixels long.* most {longest}"):
        p.near_polygons([half, half], size)


def test_what_is_near_is_drawn_as_pycocotools_draws():
    rng = np.random.default_rng(0)
    for _ in range(50):
        size = tuple(int(side) for side in rng.integers(1, 90, 2))
        parts = [
            rng.uniform(-1.0, 2.0, (rng.integers(3, 9), 2)) * size[::-1]
            for _ in range(rng.integers(1, 4))
        ]
        flat = [part.ravel() for part in parts]
        theirs = coco_mask.frPyObjects([x.tolist() for x in flat], *size)
        drawn = p.draw_polygons(p.near_polygons(parts, size), size)
        assert drawn == coco_mask.merge(theirs)


# === Outlines ===


def test_one_pixel_is_a_square():
    mask = np.zeros((3, 3), bool)
    mask[1, 2] = True
    (polygon,) = p.mask_to_polygons(mask)
    assert sorted(polygon.tolist()) == [[2, 1], [2, 2], [3, 1], [3, 2]]


def test_an_l_has_six_corners():
    mask = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 1]], bool)
    (polygon,) = p.mask_to_polygons(mask)
    corners = [[0, 0], [0, 3], [1, 0], [1, 2], [3, 2], [3, 3]]
    assert sorted(polygon.tolist()) == corners


def test_two_parts_and_a_hole():
    mask = np.zeros((7, 12), bool)
    mask[1:6, 1:6] = True
    mask[3, 3] = False
    mask[2, 9:11] = True
    polygons = p.mask_to_polygons(mask)
    assert len(polygons) == 2
    filled = mask.copy()
    filled[3, 3] = True
    assert (_rasterized(polygons, mask.shape) == filled).all()


@pytest.mark.parametrize("seed", range(5))
def test_polygons_are_exact(seed):
    """pycocotools makes the same mask of them, holes aside."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((9, 11)) > 0.5
    mask = coarse.repeat(4, axis=0).repeat(3, axis=1)
    decoded = _rasterized(p.mask_to_polygons(mask), mask.shape)
    # RETR_EXTERNAL leaves out what lies in a hole, and fills the hole.
    assert (decoded >= mask).all()
    holes = decoded & ~mask
    assert not (holes[0].any() or holes[-1].any())


def test_tolerance_simplifies():
    y, x = np.mgrid[:60, :60]
    disk = (x - 30) ** 2 + (y - 30) ** 2 < 25**2
    exact = p.mask_to_polygons(disk)[0]
    simple = p.mask_to_polygons(disk, tolerance=1.0)[0]
    assert len(simple) < len(exact) / 4
    decoded = _rasterized([simple], disk.shape)
    assert (decoded & disk).sum() > 0.95 * (decoded | disk).sum()


def _rasterized(polygons, size):
    flat = [part.ravel().tolist() for part in polygons]
    rle = coco_mask.merge(coco_mask.frPyObjects(flat, *size))
    return coco_mask.decode(rle).astype(bool)


def test_the_outline_of_an_empty_mask():
    assert p.mask_to_polygons(np.zeros((3, 4), bool)) == []
