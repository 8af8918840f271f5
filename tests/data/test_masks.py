import numpy as np
import pytest
from pycocotools import mask as coco_mask

from keras_solo.data import masks as m
from keras_solo.data.run_lengths import rle_counts

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
    with pytest.raises(ValueError, match=r"size \(3, 2\). Received: \[2, 3\]"):
        m.rasterize(m.encode_mask(np.ones((2, 3))), (3, 2))


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([2, 1, 1, 1], "add up to 6, .* Received: 5"),
        ([2, 1, 1, 2**31], "add up to 6"),
        ("o", "end within a number"),
        ("0", "add up to 6"),
        ({"0": 6}, "whole numbers"),
    ],
)
def test_run_lengths_that_pycocotools_must_not_see(counts, message):
    for function in (m.to_rle, m.rasterize, m.segmentation_area):
        with pytest.raises(ValueError, match=message):
            function({"size": [2, 3], "counts": counts}, (2, 3))


# === Masks to run lengths ===


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
def test_encode_by_hand(dtype):
    # Columns first: 4 zeros, then the pixels of the last column.
    rle = m.encode_mask(np.array([[0, 0, 1], [0, 0, 7]], dtype))
    assert rle["size"] == [2, 3]
    assert rle_counts(rle["counts"]).tolist() == [4, 2]
    assert coco_mask.toBbox(rle).tolist() == [2, 0, 1, 2]


def test_encode_takes_an_array_that_cannot_be_written():
    mask = np.ones((1, 3), bool)
    mask.flags.writeable = False
    assert rle_counts(m.encode_mask(mask)["counts"]).tolist() == [0, 3]


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
    assert rle_counts(rle["counts"]).tolist() == [5, 2, 2, 2, 9]
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
        with pytest.raises(ValueError, match="polygon 1"):
            function([SQUARE, far], (4, 5))


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
