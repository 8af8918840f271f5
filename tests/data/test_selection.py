"""Some of the images: by place, or with few enough, large enough objects."""

import numpy as np
import pytest

from keras_solo.data import ObjectAnnotation, Record
from keras_solo.data.selection import (
    checked_index,
    chosen_indices,
    has_objects,
)
from keras_solo.geometry import Letterbox


def record(*boxes, crowd=False):
    objects = [ObjectAnnotation(0, box, [], 1.0) for box in boxes]
    if crowd:
        objects.append(ObjectAnnotation(0, (0, 0, 9, 9), [], 1.0, True))
    return Record(1, (64, 64), tuple(objects))


SMALL, LARGE = (0, 0, 2, 8), (8, 0, 40, 32)


def test_no_objects_and_crowds():
    assert not has_objects(record())
    assert not has_objects(record(crowd=True))
    assert not has_objects(record(LARGE, crowd=True))
    assert has_objects(record(SMALL))


@pytest.mark.parametrize(
    ("most", "expected"), [(None, True), (3, True), (2, True), (1, False)]
)
def test_number(most, expected):
    assert has_objects(record(SMALL, LARGE), max_objects=most) == expected


@pytest.mark.parametrize(
    ("letterbox", "size", "expected"),
    [
        (None, 4.0, True),
        (None, 4.1, False),
        (Letterbox((128, 128)), 8.0, True),
        (Letterbox((128, 128)), 8.1, False),
        # On the canvas of training batches, 96 x 160.
        (Letterbox((90, 150), canvas="fit"), 6.0, True),
        (Letterbox((90, 150), canvas="fit"), 6.1, False),
    ],
)
def test_every_object_is_large_enough_on_the_canvas(letterbox, size, expected):
    found = has_objects(
        record(LARGE, SMALL), min_object_size=size, letterbox=letterbox
    )
    assert found == expected


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ([], []),
        ([2, -1, 0], [2, 2, 0]),
        (slice(1, None), [1, 2]),
        ([False, True, False], [1]),
        (lambda record: len(record.objects) > 1, [2]),
    ],
)
def test_chosen_indices(selection, expected):
    records = [record(), record(SMALL), record(SMALL, LARGE)]
    assert chosen_indices(records, selection) == expected


def test_there_must_be_such_images():
    with pytest.raises(IndexError, match="one of 1 images. Received: 1"):
        chosen_indices([record()], [1])
    with pytest.raises(ValueError, match="Expected 1 booleans"):
        chosen_indices([record()], [True, False])


@pytest.mark.parametrize("index", [slice(2), "val"])
def test_one_number_is_one_image(index):
    with pytest.raises(TypeError, match="number of one image.*subset.*splits"):
        checked_index(index, 3)
    assert checked_index(np.int64(-1), 3) == 2
