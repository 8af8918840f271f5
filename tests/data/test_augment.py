import json

import cv2
import numpy as np
import pytest

from keras_solo.data import Augmentation
from keras_solo.data import augment as a
from keras_solo.geometry import Letterbox
from keras_solo.geometry.affine import AffinePlacement
from keras_solo.geometry.placement import Placement, place_image

RNG = np.random.default_rng(0)
PICTURE = cv2.resize(RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8), (90, 70))
LETTERBOX = Letterbox((64, 96))


def sample(augmentation, seed=0, size=(70, 90)):
    rng = np.random.default_rng(seed)
    return augmentation.sample_affine(rng, size, LETTERBOX)


def test_the_same_seed_gives_the_same_affine():
    assert sample(Augmentation(), 3) == sample(Augmentation(), 3)
    assert sample(Augmentation(), 3) != sample(Augmentation(), 4)


def test_no_variation_is_the_letterbox():
    augmentation = Augmentation(0.0, (1.0, 1.0), "corner", 0, 0, 0)
    place = sample(augmentation)
    assert place == Placement.of_letterbox(LETTERBOX, (70, 90))
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
    bilinear = place_image(place, stripes, (0, 0, 0))
    assert np.ptp(bilinear[:16, :24]) > 120


@pytest.mark.parametrize("scale", [0.3, 0.4, 0.45, 0.5, 0.6, 0.69, 0.7, 0.9])
def test_smaller_images_are_about_averages(scale):
    """As near to the averages over areas as bilinear is from 0.7 on."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (24, 36, 3)).astype("uint8")
    photo = cv2.resize(noise, (95, 63), interpolation=cv2.INTER_CUBIC)
    augmentation = Augmentation(0.0, (scale, scale), "corner", 0, 0, 0)
    place = sample(augmentation, size=(63, 95))
    height, width = place.resized_size
    got = augmentation.apply_to_image(rng, place, photo, LETTERBOX)
    areas = place_image(place, photo, (0, 0, 0), cv2.INTER_AREA)
    apart = (got.astype(float) - areas)[:height, :width]
    assert np.sqrt(np.mean(apart**2)) < 8
    assert abs(apart.mean()) < 0.5


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
        {"rotation": 181},
        {"shear": 61},
        {"hue": 0.6},
        {"copy_paste": float("nan")},
        {"pixel_scale": 0},
        {"whole": 0.5},
        {"pixel_scale": 1.0, "whole": 1.5},
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


def test_config_round_trip_of_all_that_is_off_by_default():
    names = ("vertical_flip", "hue", "min_visible", "mosaic")
    options = {name: 0.25 for name in names} | {"rotation": 9, "shear": 4}
    options |= {"pixel_scale": 1.25, "whole": 0.5}
    augmentation = Augmentation(copy_paste=0.5, **options)
    config = json.loads(json.dumps(augmentation.get_config()))
    assert Augmentation.from_config(config) == augmentation


def test_old_seeds_give_what_they_gave():
    """As before there were rotations, mosaics, ..."""
    rng = np.random.default_rng(5)
    place = Augmentation().sample_affine(rng, (70, 90), LETTERBOX)
    assert place == Placement((70, 90), (71, 91), (64, 96), (3, -2), False)
    assert rng.random() == 0.053930702381656426


def test_vertical_flip():
    augmentation = Augmentation(vertical_flip=0.5)
    places = [sample(augmentation, seed) for seed in range(100)]
    assert 30 < sum(place.vertical_flip for place in places) < 70
    assert 30 < sum(place.flip for place in places) < 70


def test_pixel_scale_crops_images_at_their_own_scale():
    augmentation = Augmentation(0.0, (1, 1), pixel_scale=1.0)
    places = [sample(augmentation, seed, (150, 140)) for seed in range(50)]
    assert {place.resized_size for place in places} == {(150, 140)}
    x, y = np.transpose([place.offset for place in places])
    assert -44 <= x.min() < x.max() <= 0
    assert -86 <= y.min() < y.max() <= 0


def test_pixel_scale_is_the_same_for_all_images_and_scale_varies_it():
    augmentation = Augmentation(scale=(0.8, 1.25), pixel_scale=1.5)
    for size in ((20, 30), (400, 300)):
        places = [sample(augmentation, seed, size) for seed in range(200)]
        factors = [place.resized_size[0] / size[0] for place in places]
        assert 1.2 <= min(factors) < 1.25 and 1.8 < max(factors) <= 1.875
        # What is smaller than the canvas is padded, what is larger cropped.
        x, y = np.transpose([place.offset for place in places])
        assert (x >= 0).all() == (y >= 0).all() == (size == (20, 30))


def test_some_are_whole_all_the_same():
    sometimes = Augmentation(scale=(1, 1), pixel_scale=1.0, whole=0.5)
    sizes = [sample(sometimes, seed).resized_size for seed in range(100)]
    assert 30 < sizes.count((70, 90)) < 70
    assert sizes.count((64, 82)) == 100 - sizes.count((70, 90))


def test_pixel_scale_is_that_of_a_quadrant_too():
    augmentation = Augmentation(scale=(1, 1), pixel_scale=1.0)
    rng = np.random.default_rng(0)
    place = augmentation.sample_affine(rng, (70, 90), LETTERBOX, (20, 40))
    assert place.resized_size == (70, 90)


def test_crops_show_objects():
    """One of 8 pixels, in an image of 2000: at random in one crop of 500."""
    box = np.array([[1000.0, 700.0, 1008.0, 708.0]])
    augmentation = Augmentation(0.5, (1, 1), pixel_scale=1.0, vertical_flip=0.5)

    def shows(augmentation, seed):
        rng = np.random.default_rng(seed)
        place = augmentation.sample_affine(
            rng, (2000, 2000), LETTERBOX, boxes=box
        )
        x, y = place.matrix @ [1004, 704, 1]
        return 0 <= x < 96 and 0 <= y < 64

    assert 70 < sum(shows(augmentation, seed) for seed in range(200)) < 130
    corner = Augmentation(0, (1, 1), "corner", pixel_scale=1.0)
    assert not any(shows(corner, seed) for seed in range(20))


def test_rotation_and_shear_stay_within_their_bounds():
    augmentation = Augmentation(rotation=20, shear=10)
    places = [sample(augmentation, seed) for seed in range(100)]
    turns = [place.rotation for place in places]
    leans = [place.shear for place in places]
    assert -20 <= min(turns) < -15
    assert 15 < max(turns) <= 20
    assert -10 <= min(leans) < -7
    assert 7 < max(leans) <= 10
    assert sample(Augmentation(shear=10)).rotation == 0


def test_images_are_warped_where_they_are_turned():
    place = AffinePlacement(Placement((64, 64), (64, 64), (64, 64)), 180.0)
    square = PICTURE[:64, :64]
    augmentation = Augmentation(brightness=0, contrast=0, saturation=0)
    rng = np.random.default_rng(0)
    canvas = augmentation.apply_to_image(rng, place, square, LETTERBOX)
    np.testing.assert_array_equal(canvas, square[::-1, ::-1])


def test_a_quadrant_has_images_of_half_the_size():
    augmentation = Augmentation(scale=(1, 1))
    rng = np.random.default_rng(0)
    place = augmentation.sample_affine(rng, (70, 90), LETTERBOX, (20, 40))
    assert place.canvas_size == (20, 40)
    assert place.resized_size == (32, 41)


def test_hue_leaves_grey_alone_and_turns_colors():
    augmentation = Augmentation(0, (1, 1), "corner", 0, 0, 0, hue=0.5)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        matrix = augmentation.sample_colors(rng)
        np.testing.assert_allclose(matrix @ [9, 9, 9, 1], [9, 9, 9], atol=1e-2)
        red = matrix @ [200, 0, 0, 1]
        np.testing.assert_allclose(red @ a.LUMA, 200 * a.LUMA[0], atol=0.1)
        assert abs(red - [200, 0, 0]).max() > 5


def test_large_scale_jitter():
    augmentation = Augmentation.large_scale_jitter(copy_paste=0.5)
    assert augmentation.scale == (0.1, 2.0)
    assert augmentation.copy_paste == 0.5
    heights = [sample(augmentation, i).resized_size[0] for i in range(300)]
    assert 6 <= min(heights) < 12
    assert 120 < max(heights) <= 128


def test_composes():
    assert not Augmentation(rotation=9, min_visible=0.5).selects
    assert Augmentation(copy_paste=0.1).composes
    assert Augmentation(mosaic=0.1).composes and Augmentation(mosaic=1).selects
    crops = Augmentation(pixel_scale=1.0)
    assert crops.selects and not crops.composes


def test_what_is_chosen():
    own = Augmentation(flip=0.25)
    assert a.chosen_augmentation(own) is own
    assert a.chosen_augmentation(True) == Augmentation()
    assert a.chosen_augmentation(False) is None
    with pytest.raises(ValueError, match="an Augmentation. Received: 'flip'"):
        a.chosen_augmentation("flip")
