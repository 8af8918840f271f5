import numpy as np
import pytest

from keras_solo import Letterbox
from keras_solo.data import ImageError
from keras_solo.inference import segment_tiled
from tests.seam_scene import IdealModel, coded, disc, ious

LETTERBOX = Letterbox((64, 64))


@pytest.fixture
def model(make_model):
    return make_model(
        preprocessor=LETTERBOX,
        decoder={"score_threshold": 0.05, "update_threshold": 0.001},
    )


def photo(height, width):
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (height // 8 + 1, width // 8 + 1, 3))
    large = coarse.repeat(8, axis=0).repeat(8, axis=1)
    return large[:height, :width].astype(np.uint8)


def test_what_fits_in_a_tile_is_as_the_model_sees_it(model):
    image = photo(64, 64)
    want, got = model.segment(image), segment_tiled(model, image)
    assert len(want) > 0 and got.image is image
    np.testing.assert_array_equal(got.labels, want.labels)
    np.testing.assert_array_equal(got.scores, want.scores)
    np.testing.assert_array_equal(got.masks, want.masks)


def test_what_is_smaller_is_padded(model):
    image = photo(40, 50)
    padded = np.empty((64, 64, 3), np.uint8)
    padded[:] = np.rint(LETTERBOX.pad_value)
    padded[:40, :50] = image
    want = model.segment(padded).masks[:, :40, :50]
    got = segment_tiled(model, image)
    np.testing.assert_array_equal(got.masks, want[want.any(axis=(1, 2))])


def test_a_model_of_this_backend(model):
    found = segment_tiled(model, photo(100, 150), batch_size=4)
    assert found.original_size == (100, 150) and len(found) > 0
    assert (np.diff(found.scores) <= 0).all()
    assert len(segment_tiled(model, photo(100, 150), min_score=1.0)) == 0
    small = segment_tiled(model, photo(100, 150), mask_dtype="uint8")
    assert len(small) > 0


def test_settings():
    mask = disc((128, 200), 100, 64, 30)[None]
    image = coded(mask, [0])
    for options in (
        {"scale": 0.5},
        {"tile": (64, 48), "overlap": 0.5},
        {"whole": False},
    ):
        found = segment_tiled(IdealModel(LETTERBOX), image, **options)
        assert len(found) == 1 and ious(found, mask).min() > 0.85, options


def test_progress(capsys):
    image = np.zeros((100, 100, 3), np.uint8)
    segment_tiled(IdealModel(LETTERBOX), image)
    assert capsys.readouterr().out == ""
    segment_tiled(IdealModel(LETTERBOX), image, verbose=2)
    assert capsys.readouterr().out == "5 of 5 tiles\n"
    large = np.zeros((500, 500, 3), np.uint8)
    segment_tiled(IdealModel(LETTERBOX), large)
    assert capsys.readouterr().out == "122 of 122 tiles\n"


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(ImageError, match=r"none.png"):
        segment_tiled(IdealModel(LETTERBOX), tmp_path / "none.png")
    with pytest.raises(ValueError, match="Expected an overlap"):
        segment_tiled(IdealModel(LETTERBOX), photo(9, 9), overlap=1.0)
    with pytest.raises(ValueError, match="verbose"):
        segment_tiled(IdealModel(LETTERBOX), photo(9, 9), verbose="loud")
