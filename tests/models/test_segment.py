import cv2
import numpy as np
import pytest

from keras_solo.models.compiled_prediction import CompiledPrediction
from keras_solo.models.segment import segment


@pytest.fixture
def model(make_model):
    return make_model(
        decoder={"score_threshold": 0.05, "update_threshold": 0.001}
    )


def photo(height, width, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (4, 5, 3)).astype("uint8")
    return cv2.resize(coarse, (width, height))


def test_nothing_is_an_empty_list(model):
    assert model.segment([]) == []
    assert segment(model, ()) == []


def test_one_or_many(model):
    one = model.segment(photo(40, 70))
    assert one.original_size == (40, 70) and one.masks.shape[1:] == (40, 70)
    assert set(one.class_names) <= set(model.class_names)
    many = model.segment([photo(40, 70), photo(70, 40)])
    assert [found.original_size for found in many] == [(40, 70), (70, 40)]
    np.testing.assert_allclose(many[0].scores, one.scores, atol=1e-4)
    assert len(model.segment((photo(40, 70),))) == 1


def test_paths_and_arrays_agree(model, tmp_path):
    image = photo(50, 60)
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), image[..., ::-1])
    by_path, by_text, by_array = model.segment([path, str(path), image])
    assert by_path.image is not None
    for other in (by_text, by_array, model.segment(path)):
        np.testing.assert_array_equal(by_path.masks, other.masks)


def test_one_compilation_a_canvas(model, monkeypatch):
    shapes = []
    call = CompiledPrediction.__call__
    monkeypatch.setattr(
        CompiledPrediction,
        "__call__",
        lambda self, batch: shapes.append(batch.shape) or call(self, batch),
    )
    model.segment([photo(40, 40)] * 5, batch_size=2)
    model.segment([photo(40, 40)])
    model.segment(photo(40, 40))
    assert set(shapes) == {(2, 64, 64, 3)} and len(shapes) == 5


def test_an_array_is_one_image(model):
    with pytest.raises(ValueError, match=r"list\(images\)"):
        model.segment(np.zeros((2, 40, 40, 3), "uint8"))


@pytest.mark.parametrize("images", [None, 3, (i for i in ()), {"a": 1}])
def test_other_things_are_refused(model, images):
    with pytest.raises(ValueError, match="segment_stream takes any iterable"):
        model.segment(images)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), "uint8"),
        np.zeros((4, 4, 4), "uint8"),
        np.zeros((4, 4, 3), "float32"),
    ],
)
def test_other_arrays_are_refused(model, image):
    for images in (image, [image]):
        with pytest.raises(ValueError, match="uint8 RGB"):
            model.segment(images)


def test_missing_file(model, tmp_path):
    with pytest.raises(ValueError, match="nowhere.jpg"):
        model.segment(tmp_path / "nowhere.jpg")


def test_batch_size(model):
    for images in (photo(9, 9), [photo(9, 9)]):
        with pytest.raises(ValueError, match="batch_size"):
            model.segment(images, batch_size=0)
