import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from keras_solo.data import masks as m

SQUARE = [1.0, 1.0, 3.0, 1.0, 3.0, 3.0, 1.0, 3.0]


def random_masks(count, height, width, seed=0):
    rng = np.random.default_rng(seed)
    noise = rng.random((count, height, width)) < 0.5
    blobs = np.zeros((count, height, width), np.uint8)
    for blob in blobs:
        center = rng.integers(0, [width, height]).tolist()
        cv2.circle(blob, center, int(rng.integers(1, width // 2)), 1, -1)
    return np.concatenate([noise.astype(np.uint8), blobs])


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


# === shrink_masks ===


def test_shrink_no_masks():
    assert m.shrink_masks(np.zeros((0, 8, 12), np.uint8)).shape == (0, 2, 3)


@pytest.mark.parametrize(
    ("central", "expected"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1)]
)
def test_binary_needs_two_of_the_central_four(central, expected):
    block = np.ones((4, 4), np.uint8)
    block[1:3, 1:3] = np.arange(4).reshape(2, 2) < central
    assert m.shrink_masks(block).tolist() == [[expected]]


def test_binary_is_opencvs_bilinear_resize():
    for mask in random_masks(20, 32, 64):
        expected = cv2.resize(mask, (16, 8), interpolation=cv2.INTER_LINEAR)
        np.testing.assert_array_equal(m.shrink_masks(mask), expected)


def test_binary_at_stride_8_is_opencvs_too():
    for mask in random_masks(20, 32, 64):
        expected = cv2.resize(mask, (8, 4), interpolation=cv2.INTER_LINEAR)
        np.testing.assert_array_equal(m.shrink_masks(mask, stride=8), expected)


@pytest.mark.parametrize("stride", [2, 4, 8, 16])
def test_soft_is_the_area_average(stride):
    masks = random_masks(3, 32, 64)
    blocks = masks.reshape(6, 32 // stride, stride, 64 // stride, stride)
    found = m.shrink_masks(masks, "soft", stride)
    assert found.dtype == np.float16
    np.testing.assert_array_equal(
        found, blocks.mean(axis=(2, 4)).astype(np.float16)
    )


def test_soft_keeps_a_single_pixel():
    mask = np.zeros((1, 4, 4), np.uint8)
    mask[0, 0, 0] = 1
    assert m.shrink_masks(mask, "soft").tolist() == [[[1 / 16]]]
    assert m.shrink_masks(mask, "binary").tolist() == [[[0]]]


@pytest.mark.parametrize(
    ("shape", "rule", "stride", "message"),
    [
        ((6, 8), "binary", 4, "multiples of it"),
        ((8, 6), "soft", 4, "multiples of it"),
        ((9, 9), "soft", 3, "even stride"),
        ((8, 8), "hard", 4, '"binary" or "soft"'),
    ],
)
def test_shrink_refuses(shape, rule, stride, message):
    with pytest.raises(ValueError, match=message):
        m.shrink_masks(np.zeros(shape, np.uint8), rule, stride)


# === Centres and boxes ===


def test_centers_of_no_masks():
    assert m.mask_centers(np.zeros((0, 4, 4))).shape == (0, 2)


def test_centers_by_hand():
    masks = np.zeros((3, 4, 6), np.uint8)
    masks[1, 2, 5] = 1
    masks[2, 0, 0:2] = masks[2, 3, 1] = 1
    np.testing.assert_array_equal(
        m.mask_centers(masks), np.float32([[0, 0], [5, 2], [2 / 3, 1]])
    )


def test_centers_round_as_the_reference_does():
    """Whole sums, then one float32 division."""
    masks = random_masks(2, 300, 400)
    y, x = np.mgrid[:300, :400]
    for mask, center in zip(masks, m.mask_centers(masks), strict=True):
        area = np.float32(mask.sum())
        assert center[0] == np.float32((mask * x).sum()) / area
        assert center[1] == np.float32((mask * y).sum()) / area


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
