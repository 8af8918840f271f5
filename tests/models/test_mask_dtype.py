import keras
import numpy as np
import pytest

from keras_solo.models.mask_dtype import (
    as_bytes,
    checked_mask_dtype,
    threshold_among,
)
from keras_solo.models.segment_stream import filled_slots
from tests.pixel_by_pixel import mask_home


def test_steps_of_a_255th():
    masks = np.linspace(0, 1, 1000, dtype="float32").reshape(10, 10, 10)
    steps = keras.ops.convert_to_numpy(as_bytes(masks))
    assert steps.dtype == np.uint8 and steps.shape == masks.shape
    assert np.abs(steps / 255.0 - masks).max() <= 0.5 / 255 + 1e-7
    empty = keras.ops.convert_to_numpy(as_bytes(np.float32([-1.0])))
    assert empty.tolist() == [0]


def test_thresholds_are_in_the_unit_of_the_masks():
    masks = np.zeros((1, 2, 2), "float32")
    assert threshold_among(masks, 0.4) == 0.4
    assert threshold_among(masks.astype("uint8"), 0.4) == pytest.approx(102)


@pytest.mark.parametrize("given", ["bool", "float16", None, np.uint8])
def test_other_dtypes_are_refused(tiny_model, given):
    checked_mask_dtype("uint8")
    image = np.zeros((9, 9, 3), "uint8")
    with pytest.raises(ValueError, match="mask_dtype=") as error:
        tiny_model.segment_stream([image], mask_dtype=given)
    assert '"float32" or "uint8"' in str(error.value)
    with pytest.raises(ValueError, match="mask_dtype="):
        tiny_model.segment([image], mask_dtype=given)


def test_pixels_differ_only_where_the_threshold_is_near(make_model):
    decoder = {"score_threshold": 0.05, "update_threshold": 0.001}
    model = make_model(decoder=decoder)
    # What compiles slowly there runs eagerly.
    model.compile(run_eagerly=keras.backend.backend() == "tensorflow")
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 255, (60, 90, 3)).astype("uint8")
    exact = model.segment(photo)
    coarse = model.segment(photo, mask_dtype="uint8")
    assert len(coarse) == len(exact) > 3
    np.testing.assert_allclose(coarse.scores, exact.scores, atol=1e-6)
    canvases = model.preprocessor.to_canvas(photo)[None]
    fetched = {
        name: filled_slots(prediction(canvases))["masks"]
        for name, prediction in model.compiled_predictions.items()
    }
    assert fetched["float32"].nbytes == 4 * fetched["uint8"].nbytes
    for place, mask in enumerate(fetched["float32"][0, : len(exact)]):
        # Everywhere: all values are above -1.
        _, values = mask_home(model.preprocessor, mask, (60, 90), -1.0)
        differ = exact.masks[place] != coarse.masks[place]
        assert (np.abs(values - 0.5) < 1 / 255)[differ].all()


def test_each_dtype_has_a_step_of_its_own(tiny_model):
    image = np.zeros((9, 9, 3), "uint8")
    tiny_model.segment(image, mask_dtype="uint8")
    steps = tiny_model.compiled_predictions
    assert steps["uint8"].shapes and not steps["float32"].shapes
    tiny_model.decoder = {"max_detections": 3}
    assert not steps["uint8"].shapes
