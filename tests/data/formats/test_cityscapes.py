"""Cityscapes, by hand."""

import numpy as np
import pytest

from keras_solo.data import AnnotationError
from keras_solo.data.formats import cityscapes
from keras_solo.data.formats.cityscapes import THINGS, find, read
from keras_solo.data.formats.reading import Reading
from tests.data.formats.round_trip import there_and_back
from tests.data.formats.tiny import (
    CAT,
    DOG,
    ids,
    mask,
    write_cityscapes,
    write_image,
    write_map,
)


def test_nothing(tmp_path):
    assert find(tmp_path) == []
    (tmp_path / "gtFine" / "train").mkdir(parents=True)
    assert find(tmp_path) == []


def test_by_hand(tmp_path):
    (place,) = find(write_cityscapes(tmp_path))
    found = read(place, Reading(tmp_path))
    assert found.categories == THINGS
    (record,) = found.records
    assert record.file_name == "ulm/a_leftImg8bit.png"
    assert [item.label for item in record.objects] == [0, 2]
    np.testing.assert_array_equal(record.full_masks(), [mask(DOG), mask(CAT)])


def test_regions_of_many_are_crowds(tmp_path):
    root = write_cityscapes(tmp_path)
    path = root / "gtFine" / "train" / "ulm" / "a_gtFine_instanceIds.png"
    write_map(path, ids(33, 33_001), np.uint16)
    (record,) = read(find(root)[0], Reading(root)).records
    assert [item.is_crowd for item in record.objects] == [True, False]


def test_what_is_wrong(tmp_path):
    root = write_cityscapes(tmp_path)
    (place,) = find(root)
    image = root / "leftImg8bit" / "train" / "ulm" / "a_leftImg8bit.png"
    write_image(image, (3, 3))
    with pytest.raises(AnnotationError, match="8 x 10 pixels, its image 3 x 3"):
        read(place, Reading(root))
    image.unlink()
    with pytest.raises(AnnotationError, match=r"Ids\.png: .*cannot be read"):
        read(place, Reading(root))
    assert read(place, Reading(root, report=lambda _: None)).records == []


def test_there_and_back(tmp_path):
    assert there_and_back(cityscapes, tmp_path) == {}
