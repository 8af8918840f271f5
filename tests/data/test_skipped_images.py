"""SkippedImages: what was skipped, told once."""

import pathlib
import pickle

import pytest

from keras_solo.data import ImageError, Record
from keras_solo.data.skipped_images import SkippedImages
from keras_solo.data.skipping import Made

RECORDS = [
    Record(7, (8, 8), image_path=pathlib.Path("photos/a.jpg")),
    Record(8, (8, 8), file_name="b\n.jpg"),
    Record(9, (8, 8)),
]


class Dataset(list):
    def __getitem__(self, index):
        if index == 3:
            raise ImageError("no record")
        return super().__getitem__(index)


def test_nothing_skipped():
    skipped = SkippedImages(Dataset(RECORDS))
    assert skipped.note(0, 0, Made("batch", [0, 1], {})) == "batch"
    assert skipped.names == {}
    assert skipped.images(0, 0, [0, 1]) == [0, 1]


def test_each_is_named_once_and_the_first_is_told():
    skipped = SkippedImages(Dataset(RECORDS))
    with pytest.warns(UserWarning, match=r"image, b\\n\.jpg: damaged\. Other"):
        assert skipped.note(0, 4, Made("x", [2, 2], {1: "damaged."})) == "x"
    skipped.note(0, 5, Made("y", [1, 1], {0: "a", 1: "b", 2: "c", 3: "d"}))
    assert skipped.names == {
        "b\n.jpg": "damaged.",
        "photos/a.jpg": "a",
        "9": "c",
        "image 3": "d",
    }


def test_what_is_in_a_batch():
    skipped = SkippedImages(Dataset(RECORDS))
    with pytest.warns(UserWarning, match="skipped"):
        skipped.note(1, 4, Made("x", [2, 0], {1: "damaged."}))
    assert skipped.images(1, 4, [1, 0]) == [2, 0]
    assert skipped.images(0, 4, [1, 0]) == [1, 0]
    copy = pickle.loads(pickle.dumps(skipped))
    assert copy.images(1, 4, [1, 0]) == [2, 0]
    copy.note(0, 0, Made("x", [2], {1: "damaged."}))
