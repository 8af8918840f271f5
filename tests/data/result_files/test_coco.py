"""One file of COCO: images, annotations with scores, categories."""

import json

import numpy as np
import pytest

from keras_solo.data.coco_dataset import CocoDataset
from keras_solo.data.instances import Instances
from keras_solo.data.result_files.coco import Coco
from tests.data.found import CATEGORIES, found, frame, result, written


def content(folder):
    return json.loads((folder / "results.json").read_text())


def test_none(tmp_path):
    with written(Coco, tmp_path):
        assert not (tmp_path / "results.json").exists()
    assert content(tmp_path) == {
        "categories": [
            {"id": 3, "name": "dog, large"},
            {"id": 7, "name": "cat"},
        ],
        "annotations": [],
        "images": [],
    }


def test_read_again(tmp_path):
    results = result("empty", found(0)), result("a b, \u5c71\n"), frame(1)
    with written(Coco, tmp_path, *results):
        pass
    dataset = CocoDataset(tmp_path / "results.json", None)
    assert dataset.class_names == tuple(CATEGORIES.values())
    empty, one, last = map(Instances.from_record, dataset)
    assert len(empty) == 0
    for back in (one, last):
        assert (back.masks == found().masks).all()
        assert (back.labels == found().labels).all()
    assert [item["id"] for item in content(tmp_path)["annotations"]] == [
        *(1, 2, 3, 4)
    ]


def test_what_it_says_of_images(tmp_path):
    results = result(picture="street.png"), frame(6, found(2, [9, -1]))
    with written(Coco, tmp_path, *results):
        pass
    image, one = content(tmp_path)["images"]
    assert image == {
        **{"id": 1, "file_name": "street.jpg", "path": "photos/street.jpg"},
        **{"height": 10, "width": 12, "picture": "street.png"},
    }
    assert one == {
        **{"id": 2, "file_name": "clip/000006.png", "path": "clips/clip.mov"},
        **{"height": 10, "width": 12, "frame": 6, "time": 0.2},
    }
    tracks = [item.get("track_id") for item in content(tmp_path)["annotations"]]
    assert tracks == [None, None, 9, None]


def test_a_mask_without_a_pixel_is_left_out(tmp_path):
    nothing = Instances(np.zeros((1, 4, 4), bool), [0])
    with written(Coco, tmp_path, result(instances=nothing)):
        pass
    assert not content(tmp_path)["annotations"]


def test_a_broken_video_is_not_in_it(tmp_path):
    with written(Coco, tmp_path) as coco:
        with pytest.raises(KeyError), coco.video("clip", 25.0):
            coco.add(frame(0))
            raise KeyError
        with coco.video("other", 25.0):
            coco.add(frame(0, name="other"))
    found = content(tmp_path)
    assert [image["path"] for image in found["images"]] == ["clips/other.mov"]
    assert [item["id"] for item in found["annotations"]] == [1, 2]
    assert {item["image_id"] for item in found["annotations"]} == {1}
