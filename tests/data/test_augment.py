import cv2
import numpy as np
import pytest

from keras_solo.data import Augmentation
from keras_solo.data import augment as a
from keras_solo.data.masks import encode_mask, rasterize
from keras_solo.geometry import Letterbox

RNG = np.random.default_rng(0)
PICTURE = cv2.resize(RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8), (90, 70))
LETTERBOX = Letterbox((64, 96))
SQUARE = [10.0, 20.0, 30.0, 20.0, 30.0, 50.0, 10.0, 50.0]


def placement(**changes):
    arguments = {
        "original_size": (70, 90),
        "resized_size": (70, 90),
        "canvas_size": (64, 96),
    }
    return a.Placement(**{**arguments, **changes})


# === Placement ===


@pytest.mark.parametrize("size", [(70, 90), (64, 96), (20, 11), (300, 31)])
def test_without_augmentation_it_is_the_letterbox(size):
    image = cv2.resize(PICTURE, size[::-1])
    place = a.Placement.of_letterbox(LETTERBOX, size)
    np.testing.assert_array_equal(
        a.place_image(place, image, LETTERBOX.pad_value),
        np.rint(LETTERBOX.to_canvas(image)),
    )
    boxes = np.float32([[1, 2, 5, 9.5]])
    np.testing.assert_array_equal(
        a.place_boxes(place, boxes), LETTERBOX.boxes_to_canvas(boxes, size)
    )


def test_an_image_beside_the_canvas_leaves_padding():
    place = placement(offset=(96, 0))
    canvas = a.place_image(place, PICTURE, (1, 2, 3))
    np.testing.assert_array_equal(canvas, np.full((64, 96, 3), (1, 2, 3)))
    assert not a.place_mask(place, [SQUARE]).any()
    assert not a.place_mask(place, encode_mask(np.ones((70, 90)))).any()
    x1, y1, x2, y2 = a.place_boxes(place, np.array([[10, 20, 30, 50]]))[0]
    assert x1 == x2


def test_shift_and_crop():
    place = placement(offset=(-20, 5))
    canvas = a.place_image(place, PICTURE, (0, 0, 0))
    np.testing.assert_array_equal(canvas[5:, :70], PICTURE[:59, 20:])
    assert not canvas[:5].any()
    assert not canvas[:, 70:].any()


def test_flip():
    place = placement(canvas_size=(70, 90), flip=True)
    np.testing.assert_array_equal(
        a.place_image(place, PICTURE, (0, 0, 0)), PICTURE[:, ::-1]
    )
    assert a.place_boxes(place, np.array([[10, 20, 30, 50]])).tolist() == [
        [60, 20, 80, 50]
    ]


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
    drawn = a.place_mask(place, [SQUARE])
    assert drawn.any()
    np.testing.assert_array_equal(drawn, a.place_mask(place, encode_mask(mask)))
    canvas = a.place_image(place, image, (0, 0, 0))[..., 0]
    np.testing.assert_array_equal(drawn, canvas > 127)
    ys, xs = np.nonzero(drawn)
    box = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    found = a.place_boxes(place, np.array([[10, 20, 30, 50]]))
    np.testing.assert_array_equal(found[0], box)


def test_the_matrix_moves_points_as_boxes_go():
    place = placement(resized_size=(35, 180), offset=(-30, 9), flip=True)
    corners = np.array([[10, 20, 1], [30, 50, 1]])
    (xa, ya), (xb, yb) = corners @ place.matrix.T
    # Unclipped: from 10..30 of 90 to 180 - 60 - 30 .. 180 - 20 - 30.
    assert sorted([xa, xb]) == [90, 130]
    assert (ya, yb) == (19, 34)


def test_polygons_are_clipped_to_the_image_and_not_only_to_the_canvas():
    place = placement(resized_size=(35, 45), offset=(20, 10))
    beyond = [-50, -50, 200, -50, 200, 200, -50, 200]
    mask = a.place_mask(place, [beyond])
    expected = np.zeros((64, 96), np.uint8)
    expected[10:45, 20:65] = 1
    np.testing.assert_array_equal(mask, expected)


def test_drawing_in_a_part_is_drawing_on_the_whole():
    """But for a tie that rounds the other way, one pixel in a million."""
    rng = np.random.default_rng(1)
    different = 0
    for _ in range(200):
        polygons = rng.uniform(-20, 110, (2, 8))
        place = placement(canvas_size=(70, 90))
        whole = rasterize(polygons, (70, 90))
        different += (a.place_mask(place, polygons) != whole).sum()
    assert different <= 3


def test_the_exact_route_is_close_to_the_references():
    """Polygons drawn on the canvas, or drawn before and resized."""
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = np.stack([150 + 100 * np.cos(angles), 120 + 80 * np.sin(angles)])
    polygons = [circle.T.ravel()]
    letterbox = Letterbox((160, 160))
    place = a.Placement.of_letterbox(letterbox, (240, 300))
    exact = a.place_mask(place, polygons).astype(bool)
    reference = a.place_mask_like_reference(place, polygons).astype(bool)
    union = (exact | reference).sum()
    assert 0.97 < (exact & reference).sum() / union < 1


def test_the_references_route_by_hand():
    mask = np.zeros((4, 4), np.uint8)
    mask[0, 0] = mask[2, 3] = 1
    place = a.Placement((4, 4), (2, 2), (32, 32))
    found = a.place_mask_like_reference(place, encode_mask(mask))
    # OpenCV's nearest neighbour takes pixels 0 and 2 of 0, 1, 2, 3.
    assert found[:2, :2].tolist() == [[1, 0], [0, 0]]


# === Augmentation ===


def sample(augmentation, seed=0, size=(70, 90)):
    rng = np.random.default_rng(seed)
    return augmentation.sample_affine(rng, size, LETTERBOX)


def test_the_same_seed_gives_the_same_affine():
    assert sample(Augmentation(), 3) == sample(Augmentation(), 3)
    assert sample(Augmentation(), 3) != sample(Augmentation(), 4)


def test_no_variation_is_the_letterbox():
    augmentation = Augmentation(0.0, (1.0, 1.0), "corner", 0, 0, 0)
    place = sample(augmentation)
    assert place == a.Placement.of_letterbox(LETTERBOX, (70, 90))
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(
        augmentation.apply_to_image(rng, place, PICTURE, LETTERBOX),
        np.rint(LETTERBOX.to_canvas(PICTURE)),
    )


def test_flip_is_a_probability():
    flips = [sample(Augmentation(flip=0.25), i).flip for i in range(400)]
    assert 0.15 < np.mean(flips) < 0.35
    assert sample(Augmentation(flip=1.0)).flip


def test_scale_and_placement_stay_within_their_bounds():
    for seed in range(200):
        place = sample(Augmentation(), seed)
        height, width = place.resized_size
        x, y = place.offset
        assert 31 <= height <= 81
        assert min(0, 96 - width) <= x <= max(0, 96 - width)
        assert min(0, 64 - height) <= y <= max(0, 64 - height)


def test_corner_keeps_the_corner():
    augmentation = Augmentation(placement="corner")
    assert {sample(augmentation, i).offset for i in range(20)} == {(0, 0)}


def test_an_image_of_one_pixel():
    place = sample(Augmentation(), size=(1, 1))
    rng = np.random.default_rng(0)
    one = np.zeros((1, 1, 3), np.uint8)
    canvas = Augmentation().apply_to_image(rng, place, one, LETTERBOX)
    assert canvas.shape == (64, 96, 3)


def test_smaller_images_do_not_alias():
    stripes = np.zeros((64, 96, 3), np.uint8)
    stripes[:, ::3] = 255
    augmentation = Augmentation(0.0, (0.25, 0.25), "corner", 0, 0, 0)
    place = sample(augmentation, size=(64, 96))
    rng = np.random.default_rng(0)
    canvas = augmentation.apply_to_image(rng, place, stripes, LETTERBOX)
    assert np.ptp(canvas[:16, :24]) < 90
    bilinear = a.place_image(place, stripes, (0, 0, 0))
    assert np.ptp(bilinear[:16, :24]) > 120


def test_colors():
    grey = np.full((2, 2, 3), 100, np.uint8)
    same = a.change_colors(grey, np.eye(3, 4))
    np.testing.assert_array_equal(same, grey)
    brighter = a.change_colors(grey, np.eye(3, 4) + [[0, 0, 0, 25.5]] * 3)
    assert set(brighter.ravel().tolist()) <= {125, 126}
    white = a.change_colors(grey, np.eye(3, 4) + [[0, 0, 0, 900]] * 3)
    assert (white == 255).all()


def test_saturation_leaves_grey_alone():
    grey = np.full((2, 2, 3), 100, np.uint8)
    augmentation = Augmentation(brightness=0, contrast=0, saturation=1.0)
    for seed in range(5):
        matrix = augmentation.sample_colors(np.random.default_rng(seed))
        np.testing.assert_array_equal(a.change_colors(grey, matrix), grey)


@pytest.mark.parametrize(
    "arguments",
    [
        {"flip": 1.5},
        {"scale": (0.0, 1.0)},
        {"scale": (1.0, 0.5)},
        {"placement": "center"},
        {"contrast": -0.1},
    ],
)
def test_it_refuses(arguments):
    with pytest.raises(ValueError, match="Received"):
        Augmentation(**arguments)


def test_config_round_trip():
    augmentation = Augmentation(0.1, (0.7, 0.9), "corner", 0.3, 0.4, 0.6)
    config = augmentation.get_config()
    assert set(config) == set(Augmentation.__dataclass_fields__)
    assert Augmentation.from_config(config) == augmentation
