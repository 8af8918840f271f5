"""Text files of YOLO, which images make a dataset of."""

import cv2
import numpy as np

from keras_solo.data.instances import Instances
from keras_solo.data.open_dataset import open_dataset
from keras_solo.data.result_files.yolo import Yolo
from tests.data.found import SIZE, found, frame, names, result, written


def test_none(tmp_path):
    with written(Yolo, tmp_path):
        pass
    assert names(tmp_path) == ["yolo/data.yaml"]


def test_read_again(tmp_path):
    results = result("empty", found(0)), result("a b, c"), frame(12)
    with written(Yolo, tmp_path, *results):
        pass
    folder = tmp_path / "yolo"
    for one in results:
        path = folder / "images" / f"{one.name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.zeros((*SIZE, 3), np.uint8))
    dataset = open_dataset(folder)
    assert dataset.class_names == ("dog, large", "cat")
    back = {
        record.file_name: Instances.from_record(record) for record in dataset
    }
    assert set(back) == {f"{one.name}.png" for one in results}
    assert len(back["empty.png"]) == 0
    for name in ("a b, c.png", "clip/000012.png"):
        assert (back[name].masks == found().masks).all()
        assert (back[name].labels == found().labels).all()
