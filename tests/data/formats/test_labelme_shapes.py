"""Shapes of LabelMe, there and back."""

import numpy as np
import pytest

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.labelme_shapes import (
    file_content,
    grouped,
    object_shapes,
    shape_object,
)
from keras_solo.data.masks import rasterize
from tests.data.formats.tiny import CAT, DOG, SIZE, corners, mask


def shape(label, box, **changes):
    return {"label": label, "points": corners(box), **changes}


def drawn(shapes):
    return [
        rasterize(shape_object(one, 0, SIZE, 1).segmentation, SIZE)
        for one in grouped(shapes, SIZE)
    ]


def test_none():
    assert grouped([], SIZE) == []
    assert file_content([], "a.png", SIZE)["imageHeight"] == 8


def test_groups_and_what_is_left_out():
    shapes = [
        shape("a", DOG, group_id=1, score=0.5),
        shape("__ignore__", DOG),
        shape("b", DOG, shape_type="line"),
        shape("a", CAT, group_id=1),
        shape("a", CAT),
    ]
    one, other = grouped(shapes, SIZE)
    assert (one.name, one.scores, other.scores) == ("a", [0.5, None], [None])
    both, alone = drawn(shapes)
    np.testing.assert_array_equal(both, mask(DOG) | mask(CAT))
    np.testing.assert_array_equal(alone, mask(CAT))


def test_rectangles_and_circles():
    shapes = [
        shape("a", DOG, shape_type="rectangle", points=[[5, 4], [1, 1]]),
        shape("b", DOG, shape_type="circle", points=[[5, 4], [8, 4]]),
    ]
    rectangle, circle = drawn(shapes)
    np.testing.assert_array_equal(rectangle, mask(DOG))
    y, x = np.mgrid[:8, :10] + 0.5
    assert (circle != (np.hypot(x - 5, y - 4) < 3)).sum() <= 6


def test_there_and_back():
    ring = mask((1, 1, 8, 8)) - mask((3, 3, 5, 5))
    apart = mask((0, 0, 2, 2)) | mask((4, 4, 6, 6))
    for one, kinds in ((ring, ["mask"]), (apart, ["polygon"] * 2)):
        shapes = object_shapes(one, "a", 3)
        assert [each["shape_type"] for each in shapes] == kinds
        [again] = drawn(shapes)
        np.testing.assert_array_equal(again, one)
    masked = object_shapes(ring, "a", 3)[0] | {"group_id": 1}
    [both] = drawn([masked, shape("a", (3, 3, 5, 5), group_id=1)])
    np.testing.assert_array_equal(both, mask((1, 1, 8, 8)))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"label": 7}, "has the label 7"),
        ({"group_id": []}, "is of group"),
        ({"points": [[0]]}, "expected points"),
        ({"shape_type": "mask", "mask": "?"}, "shape 0"),
    ],
)
def test_what_is_wrong(changes, what):
    with pytest.raises(WrongEntry, match=what):
        grouped([{**shape("a", DOG), **changes}], SIZE)
    with pytest.raises(WrongEntry, match="shape 0 is 7"):
        grouped([7], SIZE)
    inside = object_shapes(mask(DOG) - mask((2, 2, 3, 3)), "a", 0)
    with pytest.raises(WrongEntry, match="is not within its image"):
        grouped([{**inside[0], "points": [[9, 9]]}], SIZE)
