"""A file of ids for each image, by hand."""

import numpy as np
import pytest

from keras_solo.data import AnnotationError
from keras_solo.data.formats import instance_png
from keras_solo.data.formats.instance_png import find, read
from keras_solo.data.formats.reading import Reading
from tests.data.formats.round_trip import there_and_back
from tests.data.formats.tiny import (
    CAT,
    DOG,
    ids,
    mask,
    write_image,
    write_instance_png,
    write_map,
)


def test_nothing(tmp_path):
    assert find(tmp_path) == []
    write_image(tmp_path / "images" / "a.jpg")
    assert find(tmp_path) == []
    (tmp_path / "masks").mkdir()
    assert find(tmp_path) == []


def test_by_hand(tmp_path):
    (place,) = find(write_instance_png(tmp_path))
    found = read(place, Reading(tmp_path))
    assert found.categories == {1: "object"}
    (record,) = found.records
    assert [item.annotation_id for item in record.objects] == [3, 700]
    np.testing.assert_array_equal(record.full_masks(), [mask(DOG), mask(CAT)])


@pytest.mark.parametrize(
    ("images", "masks"),
    [("images", "instances"), ("PNGImages", "PedMasks"), ("images", "labels")],
)
@pytest.mark.parametrize("name", ["a.png", "a_mask.png", "a.tif"])
def test_names(tmp_path, images, masks, name):
    write_image(tmp_path / images / "a.png")
    write_map(tmp_path / masks / name, 0 * ids())
    (place,) = find(tmp_path)
    assert read(place, Reading(tmp_path)).records[0].objects == ()


def test_splits(tmp_path):
    for split in ("val", "train"):
        write_instance_png(tmp_path / split)
    assert [place.split for place in find(tmp_path)] == ["train", "val"]


def test_what_is_wrong(tmp_path):
    write_instance_png(tmp_path)
    (place,) = find(tmp_path)
    write_image(tmp_path / "images" / "b.jpg")
    with pytest.raises(AnnotationError, match=r"b\.jpg: there are no ids"):
        read(place, Reading(tmp_path))
    write_map(tmp_path / "masks" / "b.png", np.zeros((3, 3)))
    with pytest.raises(AnnotationError, match=r"b\.png has 3 x 3 pixels"):
        read(place, Reading(tmp_path))
    found = read(place, Reading(tmp_path, report=lambda _: None))
    assert [record.file_name for record in found.records] == ["a.jpg"]


def test_there_and_back(tmp_path):
    assert there_and_back(instance_png, tmp_path) == {"classes of objects": 3}
