import cv2
import numpy as np
import pytest

from keras_solo import Letterbox
from keras_solo.models import segment


@pytest.fixture
def model(make_model):
    return make_model(
        decoder={"score_threshold": 0.05, "update_threshold": 0.001}
    )


def photo(height, width, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (4, 5, 3)).astype("uint8")
    return cv2.resize(coarse, (width, height))


def test_one_or_many(model):
    one = model.segment(photo(40, 70))
    assert one.original_size == (40, 70) and one.masks.shape[1:] == (40, 70)
    assert set(one.class_names) <= set(model.class_names)
    many = model.segment([photo(40, 70), photo(70, 40)])
    assert [found.original_size for found in many] == [(40, 70), (70, 40)]
    np.testing.assert_allclose(many[0].scores, one.scores, atol=1e-4)
    assert model.segment([]) == []


def test_paths_and_arrays_agree(model, tmp_path):
    image = photo(50, 60)
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), image[..., ::-1])
    by_path, by_text, by_array = model.segment([path, str(path), image])
    for other in (by_text, by_array):
        np.testing.assert_array_equal(by_path.masks, other.masks)


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_batches_do_not_change_results(make_model, batch_size):
    """Images of many sizes, grouped by canvas, come back in their order."""
    model = make_model(
        preprocessor=Letterbox((64, 96), canvas="fit"),
        decoder={"score_threshold": 0.05, "update_threshold": 0.001},
    )
    images = [photo(30 + 17 * i, 90 - 9 * i, seed=i) for i in range(5)]
    want = [model.segment(image) for image in images]
    got = model.segment(images, batch_size=batch_size)
    for one, other in zip(want, got, strict=True):
        assert one.original_size == other.original_size
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)


def test_one_compilation_a_canvas(model, monkeypatch):
    shapes = []
    predict = model.predict_on_batch
    monkeypatch.setattr(
        model,
        "predict_on_batch",
        lambda batch: shapes.append(batch.shape) or predict(batch),
    )
    model.segment([photo(40, 40)] * 5, batch_size=2)
    model.segment([photo(40, 40)])
    assert set(shapes) == {(2, 64, 64, 3)} and len(shapes) == 4


def test_compiled_shapes_are_bounded(model, monkeypatch):
    monkeypatch.setattr(segment, "MAX_SHAPES", 1)
    model.segment(photo(40, 40))
    first = model.predict_function
    model.segment([photo(40, 40)] * 2)
    assert model.predict_function is not first
    assert len(model._segmenter.shapes) == 1


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), "uint8"),
        np.zeros((4, 4, 4), "uint8"),
        np.zeros((4, 4, 3), "float32"),
    ],
)
def test_other_arrays_are_refused(model, image):
    with pytest.raises(ValueError, match="uint8 RGB"):
        model.segment([image])


def test_missing_file(model, tmp_path):
    with pytest.raises(ValueError, match="nowhere.jpg"):
        model.segment(tmp_path / "nowhere.jpg")


def test_batch_size(model):
    with pytest.raises(ValueError, match="batch_size"):
        model.segment(photo(9, 9), batch_size=0)
