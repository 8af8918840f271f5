"""Names: inside the picture, and beside one another."""

import numpy as np
import pytest

from keras_solo.visualization.names import Spot, draw_names, name_places

RED = np.array([[200, 0, 0]], np.uint8)


def black():
    return np.zeros((400, 500, 3), np.uint8)


def test_no_names():
    picture = black()
    draw_names(picture, [], [], np.zeros((0, 3), np.uint8))
    assert not picture.any()


@pytest.mark.parametrize(
    "bounds",
    [(0, 0, 0, 0), (0, 0, 10, 10), (490, 390, 500, 400), (0, 0, 500, 400)],
)
def test_places_stay_inside_the_picture(bounds):
    spot = Spot((bounds[0] + bounds[2]) // 2, bounds)
    for x1, y1, x2, y2 in name_places(spot, "zebra 0.99", 12, (400, 500)):
        assert 0 <= x1 < x2 <= 500
        assert 0 <= y1 < y2 <= 400


def test_a_name_stands_above_its_object():
    picture = black()
    draw_names(picture, [Spot(200, (150, 200, 250, 380))], ["cat"], RED)
    rows, cols = np.nonzero(picture.any(axis=2))
    assert 170 < rows.min() and rows.max() < 200
    assert abs((cols.min() + cols.max()) / 2 - 200) < 2


def test_two_names_of_one_place_do_not_hide_each_other():
    spot = Spot(200, (150, 200, 250, 380))
    one, two = black(), black()
    draw_names(one, [spot], ["cat"], RED)
    draw_names(two, [spot, spot], ["cat", "cat"], RED.repeat(2, axis=0))
    drawn = [picture.any(axis=2).sum() for picture in (one, two)]
    assert drawn[1] == 2 * drawn[0]


def test_a_name_does_not_hide_a_small_object():
    """Its first place, above the large one, is where the small one is."""
    large, small = Spot(200, (100, 200, 300, 380)), (180, 170, 220, 199)
    picture = black()
    draw_names(
        picture,
        [large, Spot(200, small)],
        ["cat", "a"],
        RED.repeat(2, axis=0),
    )
    assert not picture[small[1] : small[3], small[0] : small[2]].any()
