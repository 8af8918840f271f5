"""What is refused of an annotated object, number by number."""

import math

import numpy as np
import pytest

from keras_solo.data.formats import checks as c

SIZE = (8, 10)


def test_raise_error():
    with pytest.raises(c.AnnotationError, match=r"a\.json: oops"):
        c.raise_error("a.json: oops")


@pytest.mark.parametrize("size", [(8, 10), (8.0, 10.0)])
def test_sizes(size):
    assert c.annotated_size(*size) == (8, 10)


@pytest.mark.parametrize(
    "side", [None, 0, -1, 1.5, True, "8", math.nan, math.inf, -(10**400)]
)
def test_wrong_sizes(side):
    for size in ((side, 8), (8, side)):
        with pytest.raises(c.WrongEntry, match="positive height and width"):
            c.annotated_size(*size)


def test_sizes_have_a_bound():
    assert c.annotated_size(12_000, 14_000) == (12_000, 14_000)
    for side in (433_000_000_000, 14_001, 1e300, 10**400):
        with pytest.raises(c.WrongEntry, match="at most 178956970 pixels"):
            c.annotated_size(side, 12_800)
    assert c.annotated_size(20, 10, max_pixels=200) == (20, 10)
    with pytest.raises(c.WrongEntry, match="20 x 10 .* at most 199"):
        c.annotated_size(20, 10, max_pixels=199)


def test_a_polygon():
    (polygon,) = c.checked_polygons([[1, 1, 5, 1, 5, 4]], SIZE)
    assert polygon.dtype == np.float64
    assert polygon.tolist() == [1, 1, 5, 1, 5, 4]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ([], "polygon 3 needs .* received 0 numbers"),
        ([1, 1, 5, 4], "received 4 numbers"),
        ([1, 1, 5, 4, 3, 2, 1], "an even count.* received 7 numbers"),
        (1.0, "received 1.0"),
        ([1, 1, 5, 1, 5, "four"], "polygon 3 holds something that is no numb"),
        ([[1, 1], [5, 1], [5, 4]] * 2, "holds something that is no number"),
        ([1, 1, 5, 1, 5, math.nan], "polygon 3 has NaN or infinite"),
        ([1, 1, 5, 1, 5, math.inf], "polygon 3 has NaN or infinite"),
        ([1, 1, 5, 1, 5, 10**400], "polygon 3 holds something that is no"),
        ([1, 1, 5, 1, 5, 169], "farther than 20 image sides .* 8 x 10"),
        ([1, 1, -201, 1, 5, 4], "farther than 20 image sides .* 8 x 10"),
    ],
)
def test_wrong_polygons(part, message):
    with pytest.raises(c.WrongEntry, match=message):
        c.checked_polygons([[1, 1, 5, 1, 5, 4]] * 3 + [part], SIZE)


def test_the_extent_of_polygons():
    parts = [np.array([1.0, 2, 3, 4, 2, 1]), np.array([7.0, 9, 8, 9, 8, 10])]
    assert c.polygons_extent(parts, SIZE) == (1, 1, 8, 10)
    with pytest.raises(c.WrongEntry, match="outside the image of 8 x 10"):
        c.polygons_extent([parts[0] + 10], SIZE)
    with pytest.raises(c.WrongEntry, match="outside the image"):
        c.polygons_extent([parts[0] - 4], SIZE)


def test_the_extent_of_run_lengths():
    assert c.rle_extent([17, 2, 61], SIZE) == (2, 1, 3, 3)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (None, "as a list or as text, received None"),
        ({"0": 80}, "as a list or as text, received {'0': 80}"),
        ("PPP", "cannot be read"),
        (["a"], "cannot be read"),
        ([40, 39], "add up to 80, the pixels of 8 x 10 .* Received: 79"),
        ([90, -10], "from 0 to 4294967295"),
        # The sum is 80 beyond 2**64, where 64-bit integers begin anew.
        ([2**63 - 1, 2**63 - 1, 82], "from 0 to 4294967295"),
        ([2**70], "whole numbers"),
        ("", "Received: 0"),
        ([80], "an empty mask"),
        ([40, 0, 40], "an empty mask"),
    ],
)
def test_wrong_run_lengths(counts, message):
    with pytest.raises(c.WrongEntry, match=message):
        c.rle_extent(counts, SIZE)


def test_a_box():
    assert c.checked_box([1, "2", 3, 4.5]) == (1, 2, 4, 6.5)


@pytest.mark.parametrize(
    ("box", "message"),
    [
        (None, "four numbers"),
        ([1, 2, 3], "four numbers"),
        ([1, 10**400, 3, 4], "four numbers"),
        ([1, math.nan, 3, 4], "NaN or infinite"),
        ([1, 2, 0, 4], "no width or no height"),
        ([1, 2, 3, -4], "no width or no height"),
    ],
)
def test_wrong_boxes(box, message):
    with pytest.raises(c.WrongEntry, match=message):
        c.checked_box(box)


def test_areas():
    assert c.checked_area("2.5") == 2.5
    for area in (0, -1, math.nan, math.inf, None, "big", 10**400):
        with pytest.raises(c.WrongEntry, match="expected a positive number"):
            c.checked_area(area)


def test_boxes_are_clipped():
    assert c.clipped_box((-3, -2, 4, 5), SIZE) == (0, 0, 4, 5)
    assert c.clipped_box((3, 2, 40, 50), SIZE) == (3, 2, 10, 8)
    for box in ((-3, 1, 0, 5), (1, 8, 5, 9)):
        with pytest.raises(c.WrongEntry, match="outside the image of 8 x 10"):
            c.clipped_box(box, SIZE)


def test_runs_of_an_empty_mask():
    assert c.checked_runs([80], SIZE).tolist() == [80]
    with pytest.raises(c.WrongEntry, match="as a list or as text"):
        c.checked_runs(None, SIZE)
    with pytest.raises(c.WrongEntry, match="cannot be read: .* add up to 80"):
        c.checked_runs([79], SIZE)


def test_scores():
    assert [c.checked_score(one) for one in (0, 1, 0.5)] == [0, 1, 0.5]


@pytest.mark.parametrize(
    "score", [None, "0.5", True, math.nan, math.inf, 1e300, 10**400, [1]]
)
def test_wrong_scores(score):
    with pytest.raises(c.WrongEntry, match="a number as its score"):
        c.checked_score(score)
