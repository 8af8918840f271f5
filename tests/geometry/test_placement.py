"""Placement: image and boxes go the same way."""

import cv2
import numpy as np
import pytest

from keras_solo.geometry import Letterbox
from keras_solo.geometry import placement as p

RNG = np.random.default_rng(0)
PICTURE = cv2.resize(RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8), (90, 70))
LETTERBOX = Letterbox((64, 96))


def placement(**changes):
    arguments = {
        "original_size": (70, 90),
        "resized_size": (70, 90),
        "canvas_size": (64, 96),
    }
    return p.Placement(**{**arguments, **changes})


def test_no_boxes():
    assert p.place_boxes(placement(), np.zeros((0, 4))).shape == (0, 4)


@pytest.mark.parametrize("size", [(70, 90), (64, 96), (20, 11), (300, 31)])
def test_without_augmentation_it_is_the_letterbox(size):
    image = cv2.resize(PICTURE, size[::-1])
    place = p.Placement.of_letterbox(LETTERBOX, size)
    np.testing.assert_array_equal(
        p.place_image(place, image, LETTERBOX.pad_value),
        np.rint(LETTERBOX.to_canvas(image)),
    )
    boxes = np.float32([[1, 2, 5, 9.5]])
    np.testing.assert_array_equal(
        p.place_boxes(place, boxes), LETTERBOX.boxes_to_canvas(boxes, size)
    )


def test_an_image_beside_the_canvas_leaves_padding():
    place = placement(offset=(96, 0))
    canvas = p.place_image(place, PICTURE, (1, 2, 3))
    np.testing.assert_array_equal(canvas, np.full((64, 96, 3), (1, 2, 3)))
    x1, y1, x2, y2 = p.place_boxes(place, np.array([[10, 20, 30, 50]]))[0]
    assert x1 == x2


def test_shift_and_crop():
    place = placement(offset=(-20, 5))
    canvas = p.place_image(place, PICTURE, (0, 0, 0))
    np.testing.assert_array_equal(canvas[5:, :70], PICTURE[:59, 20:])
    assert not canvas[:5].any()
    assert not canvas[:, 70:].any()


def test_flip():
    place = placement(canvas_size=(70, 90), flip=True)
    np.testing.assert_array_equal(
        p.place_image(place, PICTURE, (0, 0, 0)), PICTURE[:, ::-1]
    )
    assert p.place_boxes(place, np.array([[10, 20, 30, 50]])).tolist() == [
        [60, 20, 80, 50]
    ]


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("offset", [(0, 0), (-20, 5), (9, -30), (-90, -70)])
@pytest.mark.parametrize("size", [(70, 90), (35, 60), (140, 180)])
def test_it_is_resized_then_flipped_then_cropped(flip, offset, size):
    """Into a canvas of one's own, whatever was on it."""
    place = placement(resized_size=size, offset=offset, flip=flip)
    resized = cv2.resize(PICTURE, size[::-1])
    if flip:
        resized = resized[:, ::-1]
    expected = np.full((64, 96, 3), (1, 2, 3), np.uint8)
    (x, y), (x1, y1, x2, y2) = offset, place.window
    if x1 < x2 and y1 < y2:
        expected[y1:y2, x1:x2] = resized[y1 - y : y2 - y, x1 - x : x2 - x]
    out = RNG.integers(0, 256, (2, 64, 96, 3), dtype=np.uint8)
    returned = p.place_image(place, PICTURE, (1.4, 1.6, 3), out=out[1])
    assert np.shares_memory(returned, out)
    np.testing.assert_array_equal(out[1], expected)


def test_the_image_itself_is_left_alone():
    before = PICTURE.copy()
    for flip in (False, True):
        p.place_image(placement(flip=flip), PICTURE, (0, 0, 0))
    np.testing.assert_array_equal(PICTURE, before)


def test_an_image_decoded_at_a_reduced_size_goes_to_the_same_place():
    place = placement(resized_size=(35, 45), offset=(9, 5))
    half = cv2.resize(PICTURE, (45, 35), interpolation=cv2.INTER_AREA)
    canvas = p.place_image(place, half, (0, 0, 0))
    np.testing.assert_array_equal(canvas[5:40, 9:54], half)


@pytest.mark.parametrize(
    "interpolation", [cv2.INTER_NEAREST, cv2.INTER_NEAREST_EXACT]
)
@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("size", [(70, 90), (31, 47), (141, 203)])
def test_sources_are_what_opencv_takes(interpolation, flip, size):
    place = placement(resized_size=size, offset=(-10, -5), flip=flip)
    columns, rows = place.sources(interpolation)
    noise = RNG.integers(0, 256, (70, 90), dtype=np.uint8)
    resized = cv2.resize(noise, size[::-1], interpolation=interpolation)
    if flip:
        resized = resized[:, ::-1]
    x1, y1, x2, y2 = place.window
    np.testing.assert_array_equal(
        noise[np.ix_(rows, columns)],
        resized[y1 + 5 : y2 + 5, x1 + 10 : x2 + 10],
    )


def test_an_image_beside_the_canvas_has_no_sources():
    for offset in ((96, 0), (-200, 0), (0, 64), (0, -200)):
        columns, rows = placement(offset=offset).sources(cv2.INTER_NEAREST)
        assert 0 in (len(columns), len(rows))


def test_the_same_corners_for_boxes_and_image():
    """An image that is white in a box is white in the box's place."""
    place = placement(resized_size=(140, 180), offset=(-30, -40), flip=True)
    image = np.zeros((70, 90, 3), np.uint8)
    image[20:50, 10:30] = 255
    canvas = p.place_image(place, image, (0, 0, 0))[..., 0] > 127
    ys, xs = np.nonzero(canvas)
    found = p.place_boxes(place, np.array([[10, 20, 30, 50]]))
    box = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    np.testing.assert_array_equal(found[0], box)


def test_the_matrix_moves_points_as_boxes_go():
    place = placement(resized_size=(35, 180), offset=(-30, 9), flip=True)
    corners = np.array([[10, 20, 1], [30, 50, 1]])
    (xa, ya), (xb, yb) = corners @ place.matrix.T
    # Unclipped: from 10..30 of 90 to 180 - 60 - 30 .. 180 - 20 - 30.
    assert sorted([xa, xb]) == [90, 130]
    assert (ya, yb) == (19, 34)


def test_points_of_the_window_are_those_of_the_canvas_from_its_corner():
    place = placement(resized_size=(35, 180), offset=(-30, 9), flip=True)
    scale, shift = place.to_window
    point = np.array([10, 20])
    expected = place.matrix @ [10, 20, 1] - place.window[:2]
    np.testing.assert_allclose(point * scale + shift, expected)


@pytest.mark.parametrize("flip", [False, True])
def test_vertical_flip(flip):
    place = placement(offset=(-20, -9), flip=flip, vertical_flip=True)
    turned = PICTURE[::-1, ::-1] if flip else PICTURE[::-1]
    plain = placement(offset=(-20, -9))
    canvas = p.place_image(place, PICTURE, (0, 0, 0))
    expected = p.place_image(plain, np.ascontiguousarray(turned), (0, 0, 0))
    np.testing.assert_array_equal(canvas, expected)
    box = np.array([[30, 12, 50, 40]])
    y1, y2 = 70 - 40 - 9, 70 - 12 - 9
    found = p.place_boxes(place, box)[0]
    assert found[[1, 3]].tolist() == [y1, y2]
    corner = place.matrix @ (30, 12, 1)
    assert corner[1] == y2
    columns, rows = place.sources(cv2.INTER_NEAREST)
    np.testing.assert_array_equal(
        PICTURE[rows][:, columns], canvas[: len(rows), : len(columns)]
    )
