"""What was found is drawn: the image, or an object and what is around it."""

import dataclasses

import cv2
import numpy as np
import pytest

from keras_solo.data.example_pictures import LARGEST, example_pictures
from keras_solo.data.findings import Example, image_example
from tests.data.squares import picture, record, square

NAMES = "cat", "dog"


def drawn(one, objects=(), **more):
    example = image_example("train", one, "cat", objects, **more)
    return example_pictures(example, NAMES)


def test_nothing():
    assert example_pictures(Example("train", "dog: 3"), NAMES) == []


def test_an_image():
    ((found, caption),) = drawn(record(1))
    assert caption == "train: 1.png. cat"
    # Enlarged until it is 480 pixels large: nothing is drawn on it.
    assert found.size == (512, 512)
    few = cv2.resize(found.array, (64, 64), interpolation=cv2.INTER_AREA)
    assert np.abs(few.astype(int) - picture(1)).mean() < 6


def test_an_object_and_what_is_around_it():
    """Of 400 x 400 pixels 97 x 97, five times as large."""
    one = record(1, square(200, 200, 3), size=(400, 400))
    ((found, _),) = drawn(one, [0])
    assert found.size == (485, 485)
    assert drawn(one)[0][0].size == (400, 400)
    # Pixel 200 is 47 after the first: it is drawn over.
    inside = found.array[47 * 5 : 50 * 5, 47 * 5 : 50 * 5].astype(int)
    shade = picture(1, (400, 400))[201, 201].astype(int)
    assert np.abs(inside - shade).max() > 30


@pytest.mark.parametrize("place", [(0, 0), (395, 0), (0, 397), (396, 396)])
def test_objects_at_the_edge(place):
    one = record(1, square(*place, 3), size=(400, 400))
    ((found, _),) = drawn(one, [0])
    assert max(found.size) <= LARGEST


def test_a_large_image_is_made_smaller_and_small_objects_stay():
    objects = [square(10, 10, 6), square(1900, 900, 6)]
    one = record(1, *objects, size=(1000, 2000))
    ((found, _),) = drawn(one, [0, 1])
    assert max(found.size) == LARGEST
    ((plain, _),) = drawn(one)
    changed = np.abs(found.array.astype(int) - plain.array).max(axis=2) > 40
    assert changed[:20, :20].any() and changed[-50:, -60:].any()


def test_many_objects():
    one = record(1, *(square(n, n, 3) for n in range(60)))
    ((found, _),) = drawn(one, range(60))
    assert max(found.size) <= LARGEST


def test_copies_are_side_by_side():
    first, second = drawn(record(1), other=record(2))
    assert (first[1], second[1]) == ("train: 1.png. cat", "cat")


def test_what_cannot_be_decoded_has_no_picture(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"none")
    one = record(1, image=None, image_path=path)
    assert drawn(one) == []
    assert drawn(dataclasses.replace(one, image_path=None)) == []


def test_an_image_of_another_size_is_shown_without_its_objects(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), picture(1))
    one = record(
        1, square(60, 60, 9), size=(80, 80), image=None, image_path=path
    )
    ((found, _),) = drawn(one, [0])
    assert found.size == (512, 512)
