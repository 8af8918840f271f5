"""Names: inside the picture, and beside one another."""

import numpy as np
import pytest

from keras_solo.visualization.names import (
    Spot,
    best_place,
    draw_names,
    far_places,
    leader,
    name_places,
    placed_names,
)

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
    arguments = spot, "zebra 0.99", 12, (400, 500)
    for x1, y1, x2, y2 in name_places(*arguments) + far_places(*arguments):
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


SHAPE = (400, 500, 3)


def common(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)


def dense(count, side, apart):
    """Objects in rows."""
    spots = []
    for i in range(count):
        x, y = 20 + apart * (i % 20), 60 + apart * (i // 20)
        spots.append(Spot(x + side // 2, (x, y, x + side, y + side)))
    return spots


@pytest.mark.parametrize("apart", [12, 18, 24])
def test_dense_names_neither_pile_up_nor_hide_objects(apart):
    spots = dense(200, 10, apart)
    names = placed_names(spots, ["nucleus"] * 200, SHAPE)
    assert 3 <= len(names) < 200
    for at, name in enumerate(names):
        for other in names[:at]:
            assert not common(name.place, other.place)
        for spot in spots:
            assert common(name.place, spot.bounds) <= 0.5 * spot.area


def test_lines_from_far_names_cross_no_small_object():
    spots = dense(200, 10, 14)
    far = [
        one
        for one in placed_names(spots, ["nucleus"] * 200, SHAPE)
        if one.is_far
    ]
    assert far
    for name in far:
        start, end = np.array(leader(name.place, spots[name.number]))
        x1, y1, x2, y2 = spots[name.number].bounds
        assert x1 <= end[0] <= x2 and y1 <= end[1] <= y2
        for part in np.linspace(0.05, 0.95, 10):
            x, y = start + part * (end - start)
            for number, spot in enumerate(spots):
                a, b, c, d = spot.bounds
                inside = a < x < c and b < y < d
                assert number == name.number or not inside


def test_a_far_name_has_a_line():
    """Its own box and what is around it are full of small objects."""
    spots = dense(200, 10, 14)
    picture = black()
    draw_names(picture, spots, ["nucleus"] * 200, RED.repeat(200, axis=0))
    names = placed_names(spots, ["nucleus"] * 200, SHAPE)
    name = next(one for one in names if one.is_far)
    x, y = leader(name.place, spots[name.number])[1]
    assert picture[min(y, 399), min(x, 499)].any()


def test_the_best_of_places():
    places = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]])
    none, free = np.zeros((0, 4), int), np.ones(3, bool)
    assert best_place(places, free, none, none) == 0
    assert best_place(places, free, places[:1], none) == 1
    assert best_place(places, free, none, np.array([[5, 5, 9, 25]])) == 1
    assert best_place(places, free, places, none) is None
    assert best_place(places, ~free, none, none) is None
    # Not even the least that is hidden may be more than a half.
    assert best_place(places, free, none, places + [1, 1, -1, -1]) is None


@pytest.mark.parametrize(
    ("side", "size"), [(300, 13), (624, 13), (1200, 25), (4000, 83.3)]
)
def test_names_grow_with_the_picture(side, size):
    spot = Spot(side // 2, (0, side // 4, side, side))
    [name] = placed_names([spot], ["cat"], (side, side, 3))
    assert name.size == pytest.approx(size, abs=0.1)


def test_odd_names_are_drawn():
    picture = black()
    texts = ["<script>", "a\nb", "x" * 300, "\u202eabc", "\udcff", "\0", ""]
    spots = [Spot(200, (150, 200, 250, 380))] * len(texts)
    draw_names(picture, spots, texts, RED.repeat(len(texts), axis=0))
    assert picture.any()
