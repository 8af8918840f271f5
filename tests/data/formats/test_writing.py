"""Images of a dataset as files."""

import collections
import dataclasses

import cv2
import numpy as np
import pytest

from keras_solo.data import Record
from keras_solo.data.formats.writing import (
    drawn_objects,
    flat_name,
    image_name,
    write_images,
)
from tests.data.formats.round_trip import item
from tests.data.formats.tiny import write_image


def record(image_id=3, file_name="", **more):
    return Record(image_id, (8, 10), file_name=file_name, **more)


def test_nothing(tmp_path):
    assert list(write_images([], tmp_path)) == []


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("a.png", "a.png"),
        ("in/b.jpg", "in/b.png"),
        ("../a.png", "3.png"),
        ("/a.png", "3.png"),
        ("a/../b.png", "3.png"),
        ("..\\a.png", "3.png"),
        ("", "3.png"),
        ("a.txt", "3.png"),
    ],
)
def test_names_of_arrays(file_name, name):
    image = np.zeros((8, 10, 3), np.uint8)
    assert image_name(record(file_name=file_name, image=image)) == name


def test_names_of_files(tmp_path):
    path = tmp_path / "x.jpg"
    assert (
        image_name(record(file_name="in/b.jpg", image_path=path)) == "in/b.jpg"
    )
    assert image_name(record(image_path=path)) == "3.jpg"
    turned = record(file_name="b.jpg", image_path=path, exif_orientation=True)
    assert image_name(turned) == "b.png"


def test_files_are_copied_as_they_are(tmp_path):
    path = write_image(tmp_path / "a.jpg")
    one = record(file_name="in/a.jpg", image_path=path)
    (written,) = write_images([one, one], tmp_path / "out")
    assert written.record is one
    assert written.path == tmp_path / "out" / "in" / "a.jpg"
    assert written.path.read_bytes() == path.read_bytes()


def test_arrays_become_files(tmp_path):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (8, 10, 3), "uint8")
    (written,) = write_images([record(image=image)], tmp_path)
    stored = cv2.imread(str(written.path))[..., ::-1]
    np.testing.assert_array_equal(stored, image)


def test_names_that_are_equal(tmp_path):
    image = np.zeros((8, 10, 3), np.uint8)
    one = record(1, "a.png", image=image)
    other = dataclasses.replace(one, image_id=2)
    with pytest.raises(ValueError, match="images of different names"):
        list(write_images([one, other], tmp_path))


@pytest.mark.parametrize("name", ["photo", "photo.jfif.bak", "photo.dat"])
def test_names_that_are_no_image_s(tmp_path, name):
    path = write_image(tmp_path / "a.png").rename(tmp_path / name)
    (written,) = write_images([record(image_path=path)], tmp_path / "out")
    assert written.path.name == "3.png"
    assert cv2.imread(str(written.path)).shape == (8, 10, 3)


def test_names_that_act_on_a_terminal(tmp_path):
    image = np.zeros((8, 10, 3), np.uint8)
    one = record(file_name="a\n\x1b[31m\u202e.png", image=image)
    assert image_name(one) == r"a\n\x1b[31m\u202e.png"
    deep = record(file_name="x/y.png", image=image)
    assert flat_name(deep) == "x_y.png"


def test_nothing_is_overwritten(tmp_path):
    image = np.zeros((8, 10, 3), np.uint8)
    (tmp_path / "a.png").write_text("mine")
    with pytest.raises(ValueError, match=r"a\.png is there already"):
        list(write_images([record(1, "a.png", image=image)], tmp_path))
    assert (tmp_path / "a.png").read_text() == "mine"


def test_objects_with_their_masks():
    drawn = np.ones((8, 10), np.uint8)
    objects = (item(drawn, 0, 1), item(0 * drawn, 1, 2))
    crowd = item(drawn, 0, 3, is_crowd=True)
    one = Record(1, (8, 10), (*objects, crowd))
    lost = collections.Counter()
    ((found, mask),) = drawn_objects(one, lost)
    assert found is objects[0] and mask.all()
    assert lost == {"crowds": 1, "objects without a pixel": 1}
    first, second = drawn_objects(one, collections.Counter(), crowds=True)
    assert first.item is crowd and second.item is objects[0]
