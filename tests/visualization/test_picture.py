"""Picture: saves itself, shows itself, is an array."""

import cv2
import numpy as np
import pytest

from keras_solo.visualization import Picture

RED = np.zeros((3, 4, 3), np.uint8) + np.uint8([250, 10, 20])


def test_save_keeps_rgb(tmp_path):
    Picture(RED).save(tmp_path / "röd.png")
    content = np.frombuffer((tmp_path / "röd.png").read_bytes(), np.uint8)
    bgr = cv2.imdecode(content, cv2.IMREAD_COLOR)
    assert (bgr[..., ::-1] == RED).all()


def test_jpeg_and_string_paths(tmp_path):
    Picture(RED).save(str(tmp_path / "red.jpg"))
    assert (tmp_path / "red.jpg").read_bytes()[:2] == b"\xff\xd8"


@pytest.mark.parametrize("name", ["red", "red.txt"])
def test_save_wants_an_image_format(tmp_path, name):
    with pytest.raises(ValueError, match="image format"):
        Picture(RED).save(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_in_a_notebook_and_as_an_array():
    picture = Picture(RED)
    assert picture._repr_png_()[:4] == b"\x89PNG"
    assert (np.asarray(picture) == RED).all()
    assert np.asarray(picture, np.float32).dtype == np.float32
    assert picture.size == (3, 4)
    assert repr(picture) == "Picture(3 x 4)"


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 1)])
def test_grey(shape):
    assert Picture(np.full(shape, 7.4)).array.tolist() == [[[7] * 3] * 4] * 3


@pytest.mark.parametrize("shape", [(3,), (3, 4, 4), (0, 4, 3), (1, 3, 4, 3)])
def test_wrong_shape(shape):
    with pytest.raises(ValueError, match="RGB image"):
        Picture(np.zeros(shape))
