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


# === Boxes ===


def test_boxes_by_hand():
    masks = np.zeros((3, 4, 6), bool)
    masks[1, 2, 5] = True
    masks[2, 0, 0:2] = masks[2, 3, 1] = True
    assert m.mask_boxes(masks).tolist() == [
        [0, 0, 0, 0],
        [5, 2, 6, 3],
        [0, 0, 2, 4],
    ]
    assert m.mask_boxes(masks[:0]).shape == (0, 4)


def test_one_mask_without_a_first_axis_is_refused():
    with pytest.raises(ValueError, match=r"\(n, height, width\)"):
        m.mask_boxes(np.ones((4, 4)))
