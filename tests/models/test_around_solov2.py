import numpy as np
import pytest
from keras import ops

from keras_solo.models.around_solov2 import AroundSOLOv2, inside


def test_the_model_inside_answers(tiny_model, make_model, tiny_batch, tmp_path):
    model = AroundSOLOv2(tiny_model, "around")
    for name in (
        "backbone",
        "category_ids",
        "class_names",
        "compiled_predictions",
        "decoder",
        "levels",
        "num_classes",
        "preprocessor",
    ):
        assert getattr(model, name) is getattr(tiny_model, name)
    images = tiny_batch[0].astype("float32")
    wanted = tiny_model.predict_on_batch(images)
    for found in (
        model.predict_on_batch(images),
        model.predict(images, verbose=0),
    ):
        for key, expected in wanted.items():
            np.testing.assert_array_equal(found[key], expected)
    assert model.segment(tiny_batch[0][0]).original_size == (64, 64)
    [(index, _)] = model.segment_stream([tiny_batch[0][0]])
    assert index == 0

    path = tmp_path / "of.weights.h5"
    model.save_weights(path)
    other = make_model()
    AroundSOLOv2(other, "around").load_weights(path)
    for one, two in zip(tiny_model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(one), ops.convert_to_numpy(two)
        )


def test_inside(tiny_model):
    assert inside(AroundSOLOv2(tiny_model, "around")) is tiny_model
    assert inside(tiny_model) is tiny_model


def test_what_is_set_and_refused_is_that_of_the_model_inside(tiny_model):
    model = AroundSOLOv2(tiny_model, "around")
    model.decoder = {"max_detections": 7}
    assert tiny_model.decoder.max_detections == 7
    with pytest.raises(NotImplementedError, match="keras_solo.export"):
        model.export("model")
    model.compile("sgd", "auto", "auto", {"mask_loss": 2.0})
    assert tiny_model.loss_weights["mask_loss"] == 2
