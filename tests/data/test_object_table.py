import numpy as np
import pytest

from keras_solo.data.canvas_masks import mask_centers
from keras_solo.data.object_table import ObjectTable, image_objects
from tests.data.squares import record, square


def test_nothing():
    table = ObjectTable([])
    assert table.counts.tolist() == [] and table.labels.tolist() == []
    objects = table.on_canvas((64, 64))
    assert objects.num_images == 0
    assert objects.boxes.shape == (0, 4) and objects.box_sizes.shape == (0,)


def test_an_image_without_objects_is_an_image():
    table = ObjectTable.of([record(1), record(2, square(0, 0, 4, label=1))])
    assert table.counts.tolist() == [0, 1]
    assert table.labels.tolist() == [1]
    objects = table.on_canvas((128, 128))
    assert objects.num_images == 2 and objects.image.tolist() == [1]


def test_objects_on_a_canvas_twice_as_large():
    """A square of pixels 8 to 11, whose middle is 9.5."""
    objects = ObjectTable.of([record(1, square(8, 8, 4))]).on_canvas((128, 128))
    assert objects.boxes.tolist() == [[16, 16, 24, 24]]
    # 9.5 is the middle between pixels; on the canvas between 19 and 20.
    assert objects.centers.tolist() == [[19.5, 19.5]]
    assert objects.areas.tolist() == [64] and objects.box_sizes.tolist() == [8]


def test_objects_on_tiles():
    """At twice the scale, of 128 pixels, on two by two tiles of 64."""
    corner, right, both = square(0, 0, 4), square(40, 8, 8), square(28, 0, 10)
    table = ObjectTable.of([record(1, corner, right), record(2, both)])
    objects = table.on_canvas((64, 64), pixel_scale=2.0)
    assert objects.num_images == 2
    assert objects.image.tolist() == [0, 1, 2]
    assert objects.boxes[:2].tolist() == [[0, 0, 8, 8], [16, 16, 32, 32]]
    # Where its middle is, and beyond.
    assert objects.boxes[2].tolist() == [-8, 0, 12, 20]
    assert objects.centers.tolist() == [[3.5, 3.5], [23.5, 23.5], [1.5, 9.5]]
    assert objects.areas.tolist() == [64, 256, 400]
    none = ObjectTable([]).on_canvas((64, 64), pixel_scale=2.0)
    assert none.boxes.shape == (0, 4) and none.image.shape == (0,)


def test_crowds_are_left_out_and_pixels_counted():
    crowd = square(0, 0, 9, is_crowd=True)
    found = image_objects(
        record(1, crowd, square(8.4, 8.4, 0.05), square(1, 1, 3))
    )
    assert found.pixels.tolist() == [0, 9]
    assert found.centers[0].tolist() == [0, 0]


def test_the_same_as_from_all_masks():
    one = record(1, *(square(3 * i, 2 * i, 5 + i) for i in range(8)))
    np.testing.assert_array_equal(
        image_objects(one).centers, mask_centers(one.full_masks())
    )


def test_an_outline_that_is_none():
    bad = square(0, 0, 4)
    bad = type(bad)(0, bad.bbox, ([1.0, 2.0],), 1.0)
    with pytest.raises(ValueError, match="Expected"):
        image_objects(record(1, bad))
