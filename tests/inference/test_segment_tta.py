import numpy as np
import pytest

from keras_solo import SOLOv2
from keras_solo.data import ImageError, ShapesDataset
from keras_solo.inference import TTA, segment_tta, tta_stream


@pytest.fixture(scope="module")
def model():
    return SOLOv2.from_preset("solov2_tiny_shapes")


def test_it_is_the_stream_of_one(model):
    image = ShapesDataset(1, seed=3)[0].load_image()
    ((_, want),) = tta_stream(model, [image], min_score=0.3)
    found = segment_tta(model, image, min_score=0.3)
    np.testing.assert_allclose(found.scores, want.scores, atol=1e-5)
    np.testing.assert_array_equal(found.labels, want.labels)
    assert found.original_size == (128, 128) and len(found)
    assert (found.scores >= 0.3).all()


def test_errors(model, tmp_path):
    with pytest.raises(ValueError, match="flips among"):
        segment_tta(model, np.zeros((9, 9, 3), "uint8"), ("left",))
    with pytest.raises(ValueError, match="scales above 0"):
        segment_tta(model, np.zeros((9, 9, 3), "uint8"), scales=(0,))
    with pytest.raises(ImageError, match="photo.png"):
        segment_tta(model, tmp_path / "photo.png")
    assert TTA().flips == ("none", "horizontal")
