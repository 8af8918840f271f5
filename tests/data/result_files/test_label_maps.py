"""Images of ids, of images without instances, too."""

import cv2

from keras_solo.data.instances import Instances
from keras_solo.data.result_files.label_maps import LabelMaps
from tests.data.found import found, frame, names, result, written


def test_label_maps(tmp_path):
    results = result("empty", found(0)), result(), frame(3)
    with written(LabelMaps, tmp_path, *results):
        pass
    folder = tmp_path / "label-maps"
    assert names(folder) == ["clip/000003.png", "empty.png", "street.png"]
    ids = cv2.imread(str(folder / "street.png"), cv2.IMREAD_UNCHANGED)
    assert ids.dtype == "uint16"
    assert (ids == found().to_label_map()).all()
    assert len(Instances.from_label_map(folder / "empty.png")) == 0
