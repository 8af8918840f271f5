"""Images of a dataset as files."""

import dataclasses

import cv2
import numpy as np
import pytest

from keras_solo.data import Record
from keras_solo.data.formats.writing import image_name, write_images, write_map
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


@pytest.mark.parametrize(("most", "dtype"), [(255, "uint8"), (256, "uint16")])
def test_maps(tmp_path, most, dtype):
    ids = np.array([[0, most]])
    write_map(tmp_path / "in" / "a.png", ids)
    stored = cv2.imread(str(tmp_path / "in" / "a.png"), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == dtype
    np.testing.assert_array_equal(stored, ids)
