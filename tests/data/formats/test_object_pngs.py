"""A file for each object, by hand."""

import numpy as np
import pytest

from keras_solo.data import AnnotationError, Record
from keras_solo.data.formats import object_pngs
from keras_solo.data.formats.object_pngs import find, read
from keras_solo.data.formats.reading import Reading
from tests.data.formats.round_trip import there_and_back
from tests.data.formats.tiny import (
    CAT,
    DOG,
    mask,
    write_map,
    write_object_pngs,
)


def test_nothing(tmp_path):
    assert find(tmp_path) == []
    (tmp_path / "a" / "images").mkdir(parents=True)
    (tmp_path / "a" / "masks").mkdir()
    assert find(tmp_path) == []


def test_by_hand(tmp_path):
    (place,) = find(write_object_pngs(tmp_path))
    found = read(place, Reading(tmp_path))
    (record,) = found.records
    assert record.file_name == "first/images/first.png"
    np.testing.assert_array_equal(record.full_masks(), [mask(DOG), mask(CAT)])
    assert found.categories == {1: "object"}


@pytest.mark.parametrize("folder, known", [("test", 0), ("7", 1)])
def test_a_split_of_one_image_is_no_image(tmp_path, folder, known):
    """Whose ids are called as it is; a folder is called as its image."""
    write_map(tmp_path / folder / "images" / "7.png", mask(DOG))
    write_map(tmp_path / folder / "masks" / "7.png", mask(DOG))
    assert len(find(tmp_path)) == known


def test_splits(tmp_path):
    for split in ("train", "test"):
        write_object_pngs(tmp_path / split)
    assert [place.split for place in find(tmp_path)] == ["test", "train"]


@pytest.mark.parametrize(
    ("ids", "what"),
    [
        (np.zeros((8, 10)), r"2\.png has no pixel of an object"),
        (np.ones((10, 8)), r"2\.png has 10 x 8 pixels, its image 8 x 10"),
    ],
)
def test_masks_that_are_wrong(tmp_path, ids, what):
    write_object_pngs(tmp_path)
    write_map(tmp_path / "first" / "masks" / "2.png", ids)
    (place,) = find(tmp_path)
    with pytest.raises(AnnotationError, match=what):
        read(place, Reading(tmp_path))
    found = read(place, Reading(tmp_path, report=lambda _: None))
    assert len(found.records[0].objects) == 1


def test_an_image_that_is_wrong(tmp_path):
    write_object_pngs(tmp_path)
    (tmp_path / "first" / "images" / "first.png").write_bytes(b"x")
    (place,) = find(tmp_path)
    with pytest.raises(AnnotationError, match=r"first\.png"):
        read(place, Reading(tmp_path))
    said = []
    assert read(place, Reading(tmp_path, report=said.append)).records == []
    assert len(said) == 1


def test_there_and_back(tmp_path):
    assert there_and_back(object_pngs, tmp_path) == {"classes of objects": 3}


def test_names_that_become_equal(tmp_path):
    image = np.zeros((8, 10, 3), np.uint8)
    names = "x/y.png", "x_y.png"
    records = [
        Record(number, (8, 10), image=image, file_name=name)
        for number, name in enumerate(names)
    ]
    with pytest.raises(ValueError, match="images of different names"):
        object_pngs.write(records, {1: "cat"}, tmp_path, "train")
