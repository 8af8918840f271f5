"""Every image decoded once: what is wrong, in the order of the records."""

import threading

import cv2
import numpy as np
import pytest

from keras_solo.data import ImageError, Record, image_errors
from keras_solo.data.check import check_on_error
from keras_solo.geometry import Intensity


@pytest.fixture
def records(tmp_path):
    """The second of three images is truncated, the third of another size."""
    records = []
    for number in range(3):
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), np.zeros((8, 10 + number // 2, 3), np.uint8))
        records.append(Record(number, (8, 10), image_path=path))
    path = records[1].image_path
    path.write_bytes(path.read_bytes()[:-20])
    return records


def test_no_records():
    assert list(image_errors([])) == []


@pytest.mark.parametrize("workers", [1, 4])
def test_one_answer_for_each_record(records, workers):
    first, second, third = image_errors(records, workers)
    assert first is None
    assert isinstance(second, ImageError)
    assert "1.png: the image is truncated" in str(second)
    assert "8 x 11 pixels" in str(third)


def test_who_stops_asking_waits_for_no_more():
    loaded = []
    go_on = threading.Event()

    class Slow:
        def __init__(self, number):
            self.number = number

        def load_image(self):
            loaded.append(self.number)
            if self.number:
                go_on.wait(10)

    answers = image_errors(map(Slow, range(100)), workers=1)
    assert next(answers) is None
    threading.Timer(0.05, go_on.set).start()
    answers.close()
    assert len(loaded) < 5


def test_other_errors_pass():
    class Odd:
        def load_image(self):
            raise KeyError("bug")

    with pytest.raises(KeyError, match="bug"):
        list(image_errors([Odd()]))


def test_on_error():
    check_on_error("skip")
    with pytest.raises(ValueError, match='"raise" or "skip". Received: .ignor'):
        check_on_error("ignore")


def test_floats_are_well_by_percentiles(tmp_path):
    path = tmp_path / "a.tif"
    cv2.imwrite(str(path), np.eye(8, dtype=np.float32))
    records = [Record(1, (8, 8), image_path=path)]
    (error,) = image_errors(records)
    assert "float32" in str(error)
    by_percentiles = Intensity("percentiles")
    assert list(image_errors(records, intensity=by_percentiles)) == [None]
