"""What of an object is in sight, and its box."""

import numpy as np
import pytest

from keras_solo.data import ObjectAnnotation
from keras_solo.data.canvas_masks import NO_PIXELS
from keras_solo.data.placed_objects import (
    largest_placed,
    mask_box,
    place_objects,
)
from keras_solo.geometry.affine import AffinePlacement
from keras_solo.geometry.placement import Placement

PLACE = Placement((32, 32), (32, 32), (32, 32))


def rectangle(x1, y1, x2, y2, label=0):
    polygon = [x1, y1, x2, y1, x2, y2, x1, y2]
    area = (x2 - x1) * (y2 - y1)
    return ObjectAnnotation(label, (x1, y1, x2, y2), (polygon,), area)


def placed(item, place=PLACE):
    (found,) = place_objects([item], place)
    return found


def test_no_objects():
    assert list(place_objects([], PLACE)) == []
    assert list(place_objects([], AffinePlacement(PLACE, 9.0))) == []
    assert mask_box(NO_PIXELS).tolist() == [0, 0, 0, 0]


def test_boxes_are_the_annotated_ones():
    found = placed(rectangle(2.5, 3, 8.25, 9))
    assert found.box.tolist() == [2.5, 3, 8.25, 9]
    assert found.pixels == 5 * 6


def test_boxes_of_turned_images_are_those_of_the_pixels():
    turned = AffinePlacement(PLACE, 90.0)
    found = placed(rectangle(2, 3, 8, 9), turned)
    assert found.box.tolist() == [32 - 9, 2, 32 - 3, 8]
    # A box turned by 45 degrees would reach to 16 +- 11.3 * 2.
    diamond = [16, 4, 28, 16, 16, 28, 4, 16]
    item = ObjectAnnotation(0, (4, 4, 28, 28), (diamond,), 288.0)
    box = placed(item, AffinePlacement(PLACE, 45.0)).box
    np.testing.assert_allclose(box, [7.5, 7.5, 24.5, 24.5], atol=1.5)


def test_what_covers_an_object_is_taken_from_it():
    found = placed(rectangle(4, 4, 12, 12))
    cover = np.zeros((32, 32), np.uint8)
    assert found.without(cover) is found
    cover[:, 8:] = 1
    left = found.without(cover)
    assert left.is_covered
    assert left.box.tolist() == [4, 4, 8, 12]
    assert left.mask.center().tolist() == [5.5, 7.5]
    assert left.visible_part() == 0.5
    assert left.without(np.ones((32, 32), np.uint8)).pixels == 0


def test_shifted():
    found = placed(rectangle(4, 4, 12, 12)).shifted(8, 16)
    assert found.box.tolist() == [12, 20, 20, 28]
    assert found.mask.center().tolist() == [15.5, 23.5]
    assert found.visible_part() == 1


@pytest.mark.parametrize("turn", [None, 180.0])
@pytest.mark.parametrize(
    ("offset", "part"), [(0, 1.0), (-8, 0.75), (-16, 0.25), (-24, 0.0)]
)
def test_visible_part(offset, part, turn):
    # Twice as large, so that from 8 to 24 it lies on the canvas.
    place = Placement((32, 32), (64, 64), (64, 64), (2 * offset, 0))
    item = rectangle(4, 4, 20, 20)
    assert placed(item, place).visible_part() == pytest.approx(part)
    if turn is not None:
        turned = AffinePlacement(place, turn)
        # The middle of what is visible stays: the same is cropped.
        assert placed(item, turned).visible_part() >= part - 1e-6


def test_what_has_no_pixels_in_its_image_is_not_cut():
    thin = rectangle(-4, 4.3, 20, 4.4)
    assert placed(thin).visible_part() == 1


def test_the_largest_stay_in_their_order():
    objects = [placed(rectangle(0, 0, side, side)) for side in (9, 5, 7)]
    assert largest_placed(objects, 3) is objects
    kept = largest_placed(objects, 2)
    assert [item.pixels for item in kept] == [81, 49]
