"""Folders with COCO files, and their dialects."""

import pytest

from keras_solo.data import AnnotationError
from keras_solo.data.formats import coco_folder
from keras_solo.data.formats.coco_folder import find, read
from keras_solo.data.formats.reading import Reading
from tests.data.formats.round_trip import there_and_back
from tests.data.formats.tiny import (
    CAT,
    DOG,
    coco_content,
    write_coco,
    write_image,
    write_json,
    write_panoptic,
)


def test_nothing(tmp_path):
    assert find(tmp_path) == []
    assert find(write_panoptic(tmp_path)) == []


def test_by_hand(tmp_path):
    (place,) = find(write_coco(tmp_path))
    assert place.split == "instances_train2017"
    found = read(place, Reading(tmp_path))
    assert found.categories == {17: "cat", 18: "dog"}
    (record,) = found.records
    assert record.image_path == tmp_path / "train2017" / "a.png"
    assert [item.bbox for item in record.objects] == [DOG, CAT]


def test_lvis_names_images_by_their_address(tmp_path):
    content = coco_content()
    del content["images"][0]["file_name"]
    address = "http://images.cocodataset.org/train2017/a.png"
    content["images"][0]["coco_url"] = address
    write_json(tmp_path / "lvis_v1_train.json", content)
    write_image(tmp_path / "train2017" / "a.png")
    (record,) = read(find(tmp_path)[0], Reading(tmp_path)).records
    assert record.file_name == "train2017/a.png"


def test_roboflow_adds_a_category(tmp_path):
    for split in ("train", "valid"):
        content = coco_content()
        for category in content["categories"]:
            category["supercategory"] = "animals"
        content["categories"].insert(
            0, {"id": 0, "name": "animals", "supercategory": "none"}
        )
        write_json(tmp_path / split / "_annotations.coco.json", content)
        write_image(tmp_path / split / "a.png")
    places = find(tmp_path)
    assert [place.split for place in places] == ["train", "valid"]
    found = read(places[0], Reading(tmp_path))
    assert found.categories == {17: "cat", 18: "dog"}


@pytest.mark.parametrize("name", ["../../a.png", "/etc/passwd"])
def test_names_that_lead_out(tmp_path, name):
    root = write_coco(tmp_path / "data")
    path = root / "annotations" / "instances_train2017.json"
    write_json(path, coco_content(name))
    with pytest.raises(AnnotationError, match=f"{path}: image .*leads out"):
        read(find(root)[0], Reading(root))
    said = []
    found = read(find(root)[0], Reading(root, report=said.append))
    assert not found.records and len(said) == 3


def test_odd_entries(tmp_path):
    root = write_coco(tmp_path)
    content = coco_content()
    content["images"] += [7, {}, {"coco_url": 7}, {"file_name": "a\0b"}]
    content["categories"] += []
    write_json(root / "annotations" / "instances_train2017.json", content)
    said = []
    found = read(find(root)[0], Reading(root, report=said.append))
    assert len(found.records) == 1 and len(said) == 4


def test_there_and_back(tmp_path):
    assert there_and_back(coco_folder, tmp_path) == {}
