"""AffinePlacement: what turns and shears goes where the numbers say."""

import cv2
import numpy as np
import pytest

from keras_solo.geometry.affine import (
    AffinePlacement,
    move_points,
    warp_image,
)
from keras_solo.geometry.placement import Placement, place_image

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8)
SQUARE = Placement((8, 8), (8, 8), (8, 8))


def test_no_points():
    assert move_points(np.eye(2, 3), np.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    "place",
    [
        SQUARE,
        Placement((8, 8), (16, 16), (20, 12), (-3, 2)),
        Placement((8, 8), (16, 16), (20, 12), (-3, 2), True),
        Placement((8, 8), (16, 16), (20, 12), (2, -3), True, True),
        Placement((8, 8), (16, 16), (20, 12), (2, -3), False, True),
    ],
)
def test_without_a_turn_it_is_the_placement(place):
    affine = AffinePlacement(place)
    np.testing.assert_allclose(affine.matrix, place.matrix, atol=1e-12)
    assert affine.canvas_size == place.canvas_size
    assert affine.resized_size == place.resized_size
    # The border of the image mixes with the padding.
    canvas = warp_image(affine, PICTURE, (0, 0, 0)).astype(int)
    x1, y1, x2, y2 = place.window
    inside = np.s_[y1 + 1 : y2 - 1, x1 + 1 : x2 - 1]
    expected = place_image(place, PICTURE, (0, 0, 0))
    assert np.abs(canvas - expected)[inside].max() <= 8


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarters_are_exact(quarters):
    affine = AffinePlacement(SQUARE, rotation=90.0 * quarters)
    canvas = warp_image(affine, PICTURE, (0, 0, 0))
    np.testing.assert_array_equal(canvas, np.rot90(PICTURE, -quarters))
    points = np.array([[1.0, 2.0]])
    back = move_points(affine.inverse, affine.move(points))
    np.testing.assert_allclose(back, points, atol=1e-12)


def test_shear_leans_about_the_middle():
    affine = AffinePlacement(SQUARE, shear=45.0)
    moved = affine.move(np.array([[4, 4], [0, 0], [0, 8]]))
    np.testing.assert_allclose(moved, [[4, 4], [-4, 0], [4, 8]], atol=1e-12)


def test_the_middle_is_that_of_what_is_visible():
    place = Placement((8, 8), (80, 80), (20, 20), (-50, -10))
    middle = place.matrix[:, :2] @ (6, 2) + place.matrix[:, 2]
    np.testing.assert_allclose(middle, [10, 10])
    turned = AffinePlacement(place, 33.0)
    np.testing.assert_allclose(turned.move(np.array([[6, 2]])), [[10, 10]])


def test_padding():
    affine = AffinePlacement(SQUARE, rotation=45.0)
    canvas = warp_image(affine, np.zeros((8, 8, 3), np.uint8), (9, 8, 7.4))
    assert canvas[0, 0].tolist() == [9, 8, 7]
    assert canvas[4, 4].tolist() == [0, 0, 0]


def test_smaller_images_do_not_alias():
    stripes = np.zeros((96, 96, 3), np.uint8)
    stripes[:, ::3] = 255
    place = Placement((96, 96), (24, 24), (24, 24))
    canvas = warp_image(AffinePlacement(place, 90.0), stripes, (0, 0, 0))
    assert np.ptp(canvas[2:-2, 2:-2]) < 90


def test_an_image_decoded_at_a_part_of_its_size_is_as_large():
    coarse = cv2.resize(PICTURE, (64, 64), interpolation=cv2.INTER_CUBIC)
    place = Placement((64, 64), (48, 48), (48, 48))
    affine = AffinePlacement(place, 20.0, 10.0)
    whole = warp_image(affine, coarse, (0, 0, 0))
    half = cv2.resize(coarse, (32, 32), interpolation=cv2.INTER_AREA)
    reduced = warp_image(affine, half, (0, 0, 0))
    assert np.abs(whole.astype(int) - reduced).mean() < 4


def test_into_a_part_of_a_canvas():
    canvas = np.full((20, 20, 3), 5, np.uint8)
    affine = AffinePlacement(SQUARE, 30.0)
    warp_image(affine, PICTURE, (0, 0, 0), canvas[4:12, 8:16])
    expected = warp_image(affine, PICTURE, (0, 0, 0))
    np.testing.assert_array_equal(canvas[4:12, 8:16], expected)
    assert (canvas[:4] == 5).all()
    assert (canvas[:, 16:] == 5).all()
