"""Pictures of images and of frames."""

import numpy as np

from keras_solo.data.images import load_image
from keras_solo.data.result_files.pictures import Pictures
from tests.data.found import found, frame, names, result, written


def test_pictures(tmp_path):
    results = result(), result("empty", found(0)), frame(12)
    with written(Pictures, tmp_path, *results):
        pass
    want = ["clip/000012.png", "empty.png", "street.png"]
    assert names(tmp_path) == want
    drawn = load_image(tmp_path / "street.png")
    assert (drawn == np.asarray(found().plot())).all()
    assert (load_image(tmp_path / "empty.png") == 60).all()
