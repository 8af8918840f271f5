import threading

import cv2
import numpy as np
import pytest

from keras_solo.data import ImageError
from keras_solo.geometry import Intensity
from keras_solo.models.loading import THREADS, loaded, loaded_ahead

IMAGE = np.arange(12, dtype="uint8").reshape(2, 2, 3)


def test_nothing():
    assert list(loaded_ahead([])) == []


def test_paths_arrays_and_functions(tmp_path):
    path = tmp_path / "image.png"
    cv2.imwrite(str(path), IMAGE[..., ::-1])
    for image in loaded_ahead([path, str(path), IMAGE, lambda: IMAGE]):
        np.testing.assert_array_equal(image, IMAGE)


def test_functions_are_called_in_threads():
    threads = []

    def load():
        threads.append(threading.current_thread())
        return IMAGE

    assert len(list(loaded_ahead([load] * 3))) == 3
    assert threading.main_thread() not in threads


def test_images_are_drawn_as_they_are_needed():
    drawn = []

    def endless():
        while True:
            drawn.append(1)
            yield IMAGE

    stream = loaded_ahead(endless())
    for count in range(1, 4):
        next(stream)
        assert len(drawn) == count + THREADS
    stream.close()
    assert len(drawn) == 3 + THREADS


def test_what_cannot_be_read_is_an_error_in_its_place(tmp_path):
    def broken():
        raise ImageError("damaged")

    nowhere = tmp_path / "nowhere.png"
    one, two, three = loaded_ahead([IMAGE, nowhere, broken])
    assert isinstance(two, ImageError) and "nowhere.png" in str(two)
    assert isinstance(three, ImageError) and "damaged" in str(three)
    np.testing.assert_array_equal(one, IMAGE)


@pytest.mark.parametrize(
    "image",
    [
        3,
        None,
        lambda: None,
        np.zeros((4, 4), "uint8"),
        np.zeros((4, 4, 4), "uint8"),
        lambda: np.zeros((4, 4, 3), "float32"),
    ],
)
def test_other_things_are_refused(image):
    with pytest.raises(ValueError, match="Expected a path, a uint8 RGB"):
        loaded(image)
    with pytest.raises(ValueError, match="Received"):
        list(loaded_ahead([image]))


def test_arrays_of_other_numbers_by_percentiles(tmp_path):
    """The same pixels, as a file and as arrays, are the same image."""
    intensity = Intensity("percentiles", (0, 100))
    deep = np.uint16([[0, 1008], [2000, 4080]])
    path = tmp_path / "a.tif"
    cv2.imwrite(str(path), deep)
    want = np.dstack([np.uint8([[0, 63], [125, 255]])] * 3)
    for image in (
        *(path, str(path), deep, lambda: deep, np.dstack([deep] * 3)),
        *(deep.astype("float32") / 4080, deep.astype("int32") - 7, want),
    ):
        np.testing.assert_array_equal(loaded(image, intensity), want)
    for image in loaded_ahead([path, deep], intensity):
        np.testing.assert_array_equal(image, want)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4, 4), "uint16"), "of shape .height, width"),
        (np.zeros(4, "float32"), "of shape .height, width"),
        (np.zeros((4, 4), "bool"), "Expected a path"),
        (3, "of shape .height, width"),
        (None, "Expected a path"),
    ],
)
def test_what_percentiles_do_not_help(image, message):
    with pytest.raises(ValueError, match=message):
        loaded(image, Intensity("percentiles"))


def test_who_needs_percentiles_is_told_of_them():
    with pytest.raises(ValueError, match=r'uint16 .*Intensity\("percentiles'):
        loaded(np.zeros((4, 4, 3), "uint16"))
