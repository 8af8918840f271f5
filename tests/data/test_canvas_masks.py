"""Objects on the canvas, and on the mask grid."""

import cv2
import numpy as np
import pytest

from keras_solo.data import canvas_masks as c
from keras_solo.data.masks import encode_mask, rasterize
from keras_solo.geometry import Letterbox
from keras_solo.geometry.placement import Placement, place_boxes, place_image

SQUARE = [10.0, 20.0, 30.0, 20.0, 30.0, 50.0, 10.0, 50.0]


def placement(**changes):
    arguments = {
        "original_size": (70, 90),
        "resized_size": (70, 90),
        "canvas_size": (64, 96),
    }
    return Placement(**{**arguments, **changes})


def random_masks(count, height, width, seed=0):
    rng = np.random.default_rng(seed)
    noise = rng.random((count, height, width)) < 0.5
    blobs = np.zeros((count, height, width), np.uint8)
    for blob in blobs:
        center = rng.integers(0, [width, height]).tolist()
        cv2.circle(blob, center, int(rng.integers(1, width // 2)), 1, -1)
    return np.concatenate([noise.astype(np.uint8), blobs])


def on_canvas(place, segmentation, draw=c.place_mask):
    """The whole canvas with an object drawn on it."""
    found = draw(place, segmentation)
    canvas = np.zeros(place.canvas_size, np.uint8)
    (x, y), (width, height) = found.corner, found.columns.shape
    canvas[y : y + height, x : x + width] = found.columns.T
    return canvas


# === On the canvas ===


def test_nothing_is_drawn_beside_the_canvas():
    place = placement(offset=(96, 0))
    for segmentation in ([SQUARE], encode_mask(np.ones((70, 90)))):
        for draw in (c.place_mask, c.place_mask_like_reference):
            assert draw(place, segmentation).columns.size == 0


def test_an_empty_mask_has_no_pixels():
    empty = encode_mask(np.zeros((70, 90)))
    assert c.place_mask(placement(), empty).center() is None


def test_polygons_far_from_their_image_are_refused():
    """However small the part of the canvas that they would be drawn in."""
    place = placement(offset=(-20, -10))
    near = [0, 0, 90 * 21, 0, 90 * 21, 70, 0, 70]
    assert on_canvas(place, [near]).sum() == 60 * 70
    with pytest.raises(ValueError, match="polygon 1, from 0 to 1e"):
        c.place_mask(place, [near, [0, 0, 1e9, 0, 1e9, 70, 0, 70]])


def test_an_object_without_polygons_is_refused():
    for function in (c.place_mask, c.place_mask_like_reference):
        for polygons in ([], [[]]):
            with pytest.raises(ValueError, match="three points or more"):
                function(placement(), polygons)


CASES = {
    "as it is": {},
    "shifted": {"offset": (7, 3)},
    "cropped": {"offset": (-13, -25)},
    "flipped": {"flip": True, "offset": (4, 0)},
    "smaller": {"resized_size": (35, 45), "offset": (20, 10)},
    "larger, flipped": {
        "resized_size": (140, 180),
        "offset": (-30, -40),
        "flip": True,
    },
}


@pytest.mark.parametrize("case", CASES)
def test_image_mask_box_and_run_lengths_go_the_same_way(case):
    """A white square on black stays where its polygon and box go."""
    place = placement(**CASES[case])
    mask = rasterize([SQUARE], (70, 90))
    image = np.repeat(mask[:, :, None], 3, axis=2) * np.uint8(255)
    drawn = on_canvas(place, [SQUARE])
    assert drawn.any()
    np.testing.assert_array_equal(drawn, on_canvas(place, encode_mask(mask)))
    canvas = place_image(place, image, (0, 0, 0))[..., 0]
    np.testing.assert_array_equal(drawn, canvas > 127)
    ys, xs = np.nonzero(drawn)
    box = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    found = place_boxes(place, np.array([[10, 20, 30, 50]]))
    np.testing.assert_array_equal(found[0], box)


def test_polygons_are_clipped_to_the_image_and_not_only_to_the_canvas():
    place = placement(resized_size=(35, 45), offset=(20, 10))
    beyond = [-50, -50, 200, -50, 200, 200, -50, 200]
    mask = on_canvas(place, [beyond])
    expected = np.zeros((64, 96), np.uint8)
    expected[10:45, 20:65] = 1
    np.testing.assert_array_equal(mask, expected)


def test_drawing_in_a_part_is_drawing_on_the_whole():
    """But for a tie that rounds the other way, one pixel in a million."""
    rng = np.random.default_rng(1)
    different = 0
    for _ in range(200):
        polygons = rng.uniform(-20, 110, (2, 8))
        place = placement(canvas_size=(96, 96))
        whole = rasterize(polygons, (70, 90))
        different += (on_canvas(place, polygons)[:70, :90] != whole).sum()
    assert different <= 3


def test_the_exact_route_is_close_to_the_references():
    """Polygons drawn on the canvas, or drawn before and resized."""
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = np.stack([150 + 100 * np.cos(angles), 120 + 80 * np.sin(angles)])
    polygons = [circle.T.ravel()]
    letterbox = Letterbox((160, 160))
    place = Placement.of_letterbox(letterbox, (240, 300))
    exact = on_canvas(place, polygons) > 0
    reference = on_canvas(place, polygons, c.place_mask_like_reference) > 0
    union = (exact | reference).sum()
    assert 0.97 < (exact & reference).sum() / union < 1


def test_the_references_route_by_hand():
    mask = np.zeros((4, 4), np.uint8)
    mask[0, 0] = mask[2, 3] = 1
    place = Placement((4, 4), (2, 2), (32, 32))
    found = on_canvas(place, encode_mask(mask), c.place_mask_like_reference)
    # OpenCV's nearest neighbour takes pixels 0 and 2 of 0, 1, 2, 3.
    assert found[:2, :2].tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize("case", CASES)
def test_a_part_is_whole_blocks_around_the_object(case):
    found = c.place_mask(placement(**CASES[case]), [SQUARE])
    assert found.columns.any()
    assert not np.any(np.array(found.columns.shape) % 4)
    assert not np.any(np.array(found.corner) % 4)
    # No more than a pixel and a block on each side.
    extents = np.ptp(np.nonzero(found.columns), axis=1) + 1
    assert (found.columns.shape <= extents + 2 * 5).all()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    ("draw", "interpolation"),
    [
        (c.place_mask, cv2.INTER_NEAREST_EXACT),
        (c.place_mask_like_reference, cv2.INTER_NEAREST),
    ],
)
def test_run_lengths_are_resized_as_opencv_resizes(case, draw, interpolation):
    """The pixels that are needed, and no others, are those of `cv2.resize`."""
    place = placement(**CASES[case])
    height, width = place.resized_size
    x1, y1, x2, y2 = place.window
    x, y = place.offset
    for mask in random_masks(3, 70, 90):
        whole = cv2.resize(mask, (width, height), interpolation=interpolation)
        if place.flip:
            whole = whole[:, ::-1]
        expected = np.zeros(place.canvas_size, np.uint8)
        expected[y1:y2, x1:x2] = whole[y1 - y : y2 - y, x1 - x : x2 - x]
        found = on_canvas(place, encode_mask(mask), draw)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rule", ["binary", "soft"])
def test_its_grid_and_center_are_those_of_the_whole_canvas(case, rule):
    place = placement(**CASES[case])
    for mask in random_masks(3, 70, 90):
        found = c.place_mask(place, encode_mask(mask))
        canvas = on_canvas(place, encode_mask(mask))
        grid = np.zeros((16, 24), np.float16)
        found.shrink_into(grid, rule)
        np.testing.assert_array_equal(grid, c.shrink_masks(canvas, rule))
        center = found.center()
        assert (center is None) == (not canvas.any())
        if center is not None:
            assert center.dtype == np.float32
            (expected,) = c.mask_centers(canvas[None])
            np.testing.assert_array_equal(center, expected)


# === shrink_masks ===


def test_shrink_no_masks():
    assert c.shrink_masks(np.zeros((0, 8, 12), np.uint8)).shape == (0, 2, 3)


@pytest.mark.parametrize(
    ("central", "expected"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1)]
)
def test_binary_needs_two_of_the_central_four(central, expected):
    block = np.ones((4, 4), np.uint8)
    block[1:3, 1:3] = np.arange(4).reshape(2, 2) < central
    assert c.shrink_masks(block).tolist() == [[expected]]


def test_binary_is_opencvs_bilinear_resize():
    for mask in random_masks(20, 32, 64):
        expected = cv2.resize(mask, (16, 8), interpolation=cv2.INTER_LINEAR)
        np.testing.assert_array_equal(c.shrink_masks(mask), expected)


def test_binary_at_stride_8_is_opencvs_too():
    for mask in random_masks(20, 32, 64):
        expected = cv2.resize(mask, (8, 4), interpolation=cv2.INTER_LINEAR)
        np.testing.assert_array_equal(c.shrink_masks(mask, stride=8), expected)


@pytest.mark.parametrize("stride", [2, 4, 8, 16])
def test_soft_is_the_area_average(stride):
    masks = random_masks(3, 32, 64)
    blocks = masks.reshape(6, 32 // stride, stride, 64 // stride, stride)
    found = c.shrink_masks(masks, "soft", stride)
    assert found.dtype == np.float16
    np.testing.assert_array_equal(
        found, blocks.mean(axis=(2, 4)).astype(np.float16)
    )


def test_soft_keeps_a_single_pixel():
    mask = np.zeros((1, 4, 4), np.uint8)
    mask[0, 0, 0] = 1
    assert c.shrink_masks(mask, "soft").tolist() == [[[1 / 16]]]
    assert c.shrink_masks(mask, "binary").tolist() == [[[0]]]


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
        c.shrink_masks(np.zeros(shape, np.uint8), rule, stride)


# === Centres ===


def test_centers_of_no_masks():
    assert c.mask_centers(np.zeros((0, 4, 4))).shape == (0, 2)


def test_centers_by_hand():
    masks = np.zeros((3, 4, 6), np.uint8)
    masks[1, 2, 5] = 1
    masks[2, 0, 0:2] = masks[2, 3, 1] = 1
    np.testing.assert_array_equal(
        c.mask_centers(masks), np.float32([[0, 0], [5, 2], [2 / 3, 1]])
    )


def test_centers_of_a_large_mask_are_whole_sums_in_64_bits():
    mask = np.ones((1, 9, 100_000), bool)
    assert c.mask_centers(mask).tolist() == [[49999.5, 4.0]]


def test_centers_round_as_the_reference_does():
    """Whole sums, then one float32 division."""
    masks = random_masks(2, 300, 400)
    y, x = np.mgrid[:300, :400]
    for mask, center in zip(masks, c.mask_centers(masks), strict=True):
        area = np.float32(mask.sum())
        assert center[0] == np.float32((mask * x).sum()) / area
        assert center[1] == np.float32((mask * y).sum()) / area
