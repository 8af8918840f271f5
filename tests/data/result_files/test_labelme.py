"""Files of LabelMe: the shapes, and the way to the image."""

import json

import cv2
import numpy as np
import pytest

from keras_solo.data.instances import Instances
from keras_solo.data.open_dataset import open_dataset
from keras_solo.data.result_files import labelme as m
from tests.data.found import SIZE, found, names, result, written


def test_read_again(tmp_path, monkeypatch):
    """The image stays where it is, whatever it is called."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    odd = "a b, \u5c71"
    for name in (odd, "empty"):
        cv2.imwrite(f"photos/{name}.jpg", np.zeros((*SIZE, 3), np.uint8))
    results = result("empty", found(0)), result(odd)
    with written(m.LabelMe, tmp_path / "out", *results):
        pass
    assert names(tmp_path / "out") == [
        f"labelme/{odd}.json",
        "labelme/empty.json",
    ]
    content = json.loads((tmp_path / f"out/labelme/{odd}.json").read_text())
    assert content["imagePath"] == f"../../photos/{odd}.jpg"
    dataset = open_dataset(
        tmp_path / "out" / "labelme", allow_outside=True, verbose=0
    )
    one, empty = (Instances.from_record(one) for one in dataset)
    assert len(empty) == 0
    assert (one.masks == found().masks).all()


def test_another_drive(tmp_path, monkeypatch):
    def relpath(*paths):
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(m.os.path, "relpath", relpath)
    with written(m.LabelMe, tmp_path, result()):
        pass
    content = json.loads((tmp_path / "labelme" / "street.json").read_text())
    assert content["imagePath"].startswith("/")
    assert content["imagePath"].endswith("photos/street.jpg")


@pytest.mark.parametrize("tracks", [None, [4, -1]])
def test_tracks_are_groups(tmp_path, tracks):
    with written(m.LabelMe, tmp_path, result(instances=found(2, tracks))):
        pass
    content = json.loads((tmp_path / "labelme" / "street.json").read_text())
    groups = [shape["group_id"] for shape in content["shapes"]]
    assert (4 in groups) == (tracks is not None)
