"""Crops that would show nothing move to an object, half of them."""

import numpy as np
import pytest

from keras_solo import Letterbox
from keras_solo.data import Augmentation
from keras_solo.data.object_crops import (
    check_enlarged,
    check_pixel_scale,
    most_in_a_crop,
    object_boxes,
    show_object,
)
from keras_solo.geometry.placement import Placement
from tests.data.squares import square

NONE = np.zeros((0, 4))
FAR = np.array([[80.0, 60.0, 90.0, 70.0]])
# 100 x 100 pixels of which a canvas of 20 x 30 shows a corner.
CORNER = Placement((100, 100), (100, 100), (20, 30))


def rng(seed=0):
    return np.random.default_rng(seed)


def test_no_objects():
    assert show_object(CORNER, NONE, rng()) is CORNER
    assert object_boxes(()).shape == (0, 4)


def test_what_no_memory_holds():
    check_enlarged((20_000, 30_000), (200, 300))
    with pytest.raises(ValueError, match="of 200 x 300, which becomes 30000 x"):
        check_enlarged((30_000, 45_000), (200, 300))
    crops = Augmentation(pixel_scale=1e9)
    with pytest.raises(ValueError, match="a pixel_scale at which every image"):
        crops.sample_affine(rng(), (200, 300), Letterbox((64, 64)))


def test_a_crop_with_an_object_stays():
    boxes = np.vstack([FAR, [[0, 0, 4, 4]]])
    assert all(show_object(CORNER, boxes, rng(i)) is CORNER for i in range(20))


def test_half_of_those_without_move():
    places = [show_object(CORNER, FAR, rng(seed)) for seed in range(100)]
    moved = [place for place in places if place is not CORNER]
    assert 35 < len(moved) < 65
    seen = [place.matrix @ [85, 65, 1] for place in moved]
    assert (np.array(seen) >= 0).all() and (np.array(seen) < [30, 20]).all()
    # Anywhere on the canvas.
    assert np.ptp(seen, axis=0)[1] > 14
    assert len({place.offset for place in moved}) > 20


def test_mirrored_images_move_the_same_way():
    mirrored = Placement(*((100, 100),) * 2, (20, 30), (-70, -80), True, True)
    near = np.array([[80.0, 90.0, 90.0, 95.0]])
    places = [show_object(mirrored, near, rng(seed)) for seed in range(40)]
    moved = [place for place in places if place is not mirrored]
    seen = [place.matrix @ [85, 92.5, 1] for place in moved]
    assert len(seen) > 10
    assert (np.array(seen) >= 0).all() and (np.array(seen) < [30, 20]).all()


def test_no_more_padding_than_there_must_be():
    """An object in the corner: the crop ends where the image does."""
    edge = np.array([[98.0, 98.0, 100.0, 100.0]])
    offsets = [show_object(CORNER, edge, rng(i)).offset for i in range(60)]
    assert min(offsets) == (-70, -80)


def test_a_side_that_is_in_sight_stays():
    low = Placement((10, 100), (10, 100), (20, 30), (0, 7))
    boxes = np.array([[80.0, 2.0, 90.0, 6.0]])
    offsets = {show_object(low, boxes, rng(seed)).offset for seed in range(40)}
    assert {y for _, y in offsets} == {7} and len(offsets) > 5


def test_objects_of_a_crop():
    assert most_in_a_crop([], (9, 9)) == 0
    assert most_in_a_crop([NONE, FAR], (9, 9)) == 1
    # Middles at 5, 15, ... 95: a field is 10, three of them have 3 objects.
    row = [[10.0 * n, 0, 10.0 * n + 10, 9] for n in range(10)]
    assert most_in_a_crop([np.array(row)], (20, 20)) == 3
    both = np.array([*row, *(np.array(row) + [0, 50, 0, 50])])
    assert most_in_a_crop([both], (20, 20)) == 3
    assert most_in_a_crop([both], (200, 20)) == 6


def test_boxes_of_objects():
    assert object_boxes([square(1, 2, 3)]).tolist() == [[1, 2, 4, 5]]


@pytest.mark.parametrize(
    ("scale", "whole", "words"),
    [
        (0.0, 0.0, "above 0. Received: pixel_scale=0"),
        (float("nan"), 0.0, "above 0. Received: pixel_scale=nan"),
        (float("inf"), 0.0, "above 0. Received: pixel_scale=inf"),
        (None, 0.5, "whole=0 without a pixel_scale"),
    ],
)
def test_it_refuses(scale, whole, words):
    with pytest.raises(ValueError, match=words):
        check_pixel_scale(scale, whole)
    check_pixel_scale(None, 0.0)
    check_pixel_scale(1.25, 0.5)
