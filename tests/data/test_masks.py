import numpy as np
import pytest
from pycocotools import mask as coco_mask

from keras_solo.data import masks as m

SQUARE = [1.0, 1.0, 3.0, 1.0, 3.0, 3.0, 1.0, 3.0]


# === rasterize ===


def test_rasterize_a_polygon():
    expected = np.zeros((4, 5), np.uint8)
    expected[1:3, 1:3] = 1
    np.testing.assert_array_equal(m.rasterize([SQUARE], (4, 5)), expected)


def test_rasterize_joins_parts():
    other = [3, 0, 5, 0, 5, 1, 3, 1]
    expected = np.zeros((4, 5), np.uint8)
    expected[1:3, 1:3] = 1
    expected[0, 3:5] = 1
    np.testing.assert_array_equal(
        m.rasterize([SQUARE, other], (4, 5)), expected
    )


def test_rasterize_cuts_off_what_is_outside():
    polygon = [-3.2, -2, 9.1, 1, 3, 9, -5, 7.7]
    inside = m.rasterize([polygon], (6, 6))
    moved = m.rasterize([[value + 10 for value in polygon]], (30, 30))
    np.testing.assert_array_equal(inside, moved[10:16, 10:16])


@pytest.mark.parametrize("kind", ["list", "str", "bytes"])
def test_rasterize_run_lengths(kind):
    mask = np.array([[0, 1, 1], [0, 0, 1]], np.uint8)
    rle = m.encode_mask(mask)
    counts = {
        "list": [2, 1, 1, 2],
        "str": rle["counts"],
        "bytes": rle["counts"].encode(),
    }[kind]
    found = m.rasterize({"size": [2, 3], "counts": counts}, (2, 3))
    np.testing.assert_array_equal(found, mask)


def test_rasterize_refuses_another_size():
    with pytest.raises(ValueError, match=r"size \(3, 2\). Received: \(2, 3\)"):
        m.rasterize(m.encode_mask(np.ones((2, 3))), (3, 2))


# === Run lengths ===


def test_rle_counts_of_nothing():
    assert m.rle_counts("") == []
    assert m.rle_counts([]) == []


def test_rle_counts_are_what_pycocotools_wrote():
    rng = np.random.default_rng(0)
    for _ in range(20):
        size = [int(side) for side in rng.integers(1, 200, 2)]
        runs = rng.integers(1, 900, 40).tolist()
        mask = np.repeat(np.arange(len(runs)) % 2, runs)
        mask = np.resize(mask, size[0] * size[1]).reshape(size, order="F")
        rle = coco_mask.encode(np.asfortranarray(mask, np.uint8))
        found = m.rle_counts(rle["counts"])
        decoded = np.repeat(np.arange(len(found)) % 2, found)
        np.testing.assert_array_equal(decoded.reshape(size, order="F"), mask)


def test_rle_counts_that_end_within_a_number():
    with pytest.raises(ValueError, match="end within a number"):
        m.rle_counts("P")


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
def test_encode_by_hand(dtype):
    # Columns first: 4 zeros, then the pixels of the last column.
    rle = m.encode_mask(np.array([[0, 0, 1], [0, 0, 7]], dtype))
    assert rle["size"] == [2, 3]
    assert m.rle_counts(rle["counts"]) == [4, 2]
    assert coco_mask.toBbox(rle).tolist() == [2, 0, 1, 2]


def test_encode_takes_an_array_that_cannot_be_written():
    mask = np.ones((1, 3), bool)
    mask.flags.writeable = False
    assert m.rle_counts(m.encode_mask(mask)["counts"]) == [0, 3]


@pytest.mark.parametrize("share", [0, 0.02, 0.3, 0.99, 1])
def test_encode_is_pycocotools(share):
    mask = np.random.default_rng(0).random((9, 13)) < share
    want = coco_mask.encode(np.asfortranarray(mask.view(np.uint8)))
    want = {"size": [9, 13], "counts": want["counts"].decode()}
    assert m.encode_mask(mask) == want
    runs = np.array(m.rle_counts(want["counts"]), np.uint32)
    assert m.encode_runs(runs, (9, 13)) == want


def test_the_box_of_run_lengths_is_pycocotools():
    rng = np.random.default_rng(0)
    for share in (0.02, 0.3, 0.99):
        mask = rng.random((9, 13)) < share
        mask[3, 4] = True
        rle = m.encode_mask(mask)
        x, y, width, height = coco_mask.toBbox(rle)
        found = m.rle_box(np.array(m.rle_counts(rle["counts"])), 9)
        assert found == (x, y, x + width, y + height)


# === Segmentations to run lengths ===


@pytest.mark.parametrize(
    "segmentation",
    [
        [SQUARE],
        (tuple(SQUARE),),
        np.array([SQUARE]),
        [np.reshape(SQUARE, (4, 2))],
        {"size": [4, 5], "counts": [5, 2, 2, 2, 9]},
        {"size": (4, 5), "counts": (5, 2, 2, 2, 9)},
    ],
)
def test_to_rle(segmentation):
    rle = m.to_rle(segmentation, (4, 5))
    assert rle["size"] == [4, 5]
    assert m.rle_counts(rle["counts"]) == [5, 2, 2, 2, 9]
    assert m.segmentation_area(segmentation, (4, 5)) == 4
    assert m.to_rle(rle, (4, 5)) is rle


@pytest.mark.parametrize("polygons", [[], [[]], [[0, 0, 2, 2]], [[1.0] * 7]])
def test_polygons_without_three_points_are_refused(polygons):
    sizes = [len(part) for part in polygons]
    for function in (m.to_rle, m.rasterize, m.segmentation_area):
        with pytest.raises(ValueError, match="three points or more") as caught:
            function(polygons, (4, 5))
        assert f"polygons of {sizes} numbers" in str(caught.value)


@pytest.mark.parametrize("value", [1e9, -1e9, np.nan, np.inf])
def test_polygons_that_pycocotools_must_not_see(value):
    far = [1.0, 1.0, 3.0, 1.0, 3.0, value]
    for function in (m.to_rle, m.rasterize, m.segmentation_area):
        with pytest.raises(ValueError, match="polygon 1 from"):
            function([SQUARE, far], (4, 5))


def test_near_is_twenty_image_sides():
    for point, near in (
        ((105.0, 84.0), True),
        ((105.1, 84.0), False),
        ((105.0, 84.1), False),
        ((-100.0, -80.0), True),
        ((-100.1, -80.0), False),
        ((-100.0, -80.1), False),
    ):
        box = m.polygon_box(np.array([1.0, 1.0, *point]))
        assert m.is_near(box, (4, 5)) == near


# === Outlines ===


def test_one_pixel_is_a_square():
    mask = np.zeros((3, 3), bool)
    mask[1, 2] = True
    (polygon,) = m.mask_to_polygons(mask)
    assert sorted(polygon.tolist()) == [[2, 1], [2, 2], [3, 1], [3, 2]]


def test_an_l_has_six_corners():
    mask = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 1]], bool)
    (polygon,) = m.mask_to_polygons(mask)
    corners = [[0, 0], [0, 3], [1, 0], [1, 2], [3, 2], [3, 3]]
    assert sorted(polygon.tolist()) == corners


def test_two_parts_and_a_hole():
    mask = np.zeros((7, 12), bool)
    mask[1:6, 1:6] = True
    mask[3, 3] = False
    mask[2, 9:11] = True
    polygons = m.mask_to_polygons(mask)
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
    decoded = _rasterized(m.mask_to_polygons(mask), mask.shape)
    # RETR_EXTERNAL leaves out what lies in a hole, and fills the hole.
    assert (decoded >= mask).all()
    holes = decoded & ~mask
    assert not (holes[0].any() or holes[-1].any())


def test_tolerance_simplifies():
    y, x = np.mgrid[:60, :60]
    disk = (x - 30) ** 2 + (y - 30) ** 2 < 25**2
    exact = m.mask_to_polygons(disk)[0]
    simple = m.mask_to_polygons(disk, tolerance=1.0)[0]
    assert len(simple) < len(exact) / 4
    decoded = _rasterized([simple], disk.shape)
    assert (decoded & disk).sum() > 0.95 * (decoded | disk).sum()


def _rasterized(polygons, size):
    flat = [p.ravel().tolist() for p in polygons]
    rle = coco_mask.merge(coco_mask.frPyObjects(flat, *size))
    return coco_mask.decode(rle).astype(bool)


def test_the_outline_of_an_empty_mask():
    assert m.mask_to_polygons(np.zeros((3, 4), bool)) == []


# === Boxes ===


def test_the_box_of_a_segmentation_is_pycocotools():
    rng = np.random.default_rng(0)
    for share in (0, 0.02, 0.3, 0.99):
        mask = rng.random((9, 7)) < share
        rle = m.encode_mask(mask)
        x1, y1, x2, y2 = m.segmentation_box(rle, (9, 7))
        assert [x1, y1, x2 - x1, y2 - y1] == coco_mask.toBbox(rle).tolist()
    assert m.segmentation_box([[1, 1, 4, 1, 4, 3, 1, 3]], (5, 6)) == (
        1,
        1,
        4,
        3,
    )
    assert m.segmentation_box({"size": [2, 2], "counts": [4]}, (2, 2)) == (
        (0, 0, 0, 0)
    )
