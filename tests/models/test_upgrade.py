"""What version 0.1.0 wrote comes back whole."""

import pathlib

import keras
import numpy as np
import pytest

from keras_solo import SOLOv2

FOLDER = pathlib.Path(__file__).parents[1] / "fixtures" / "version_0_1_0"


def from_keras_file():
    return keras.saving.load_model(FOLDER / "model.keras")


def from_folder():
    return SOLOv2.from_preset(FOLDER / "preset")


@pytest.fixture(params=[from_keras_file, from_folder])
def model(request):
    return request.param()


@pytest.fixture(scope="module")
def wrote():
    with np.load(FOLDER / "outputs.npz") as file:
        return dict(file)


def test_network_gives_what_it_gave(model, wrote):
    outputs = model(wrote["canvas"].astype("float32"))
    outputs = {k: keras.ops.convert_to_numpy(v) for k, v in outputs.items()}
    cells = outputs["kernels"][:, :8]
    corner = outputs["mask_features"][:, :2, :2]
    logits = outputs["category_logits"]
    np.testing.assert_allclose(logits, wrote["category_logits"], atol=1e-5)
    np.testing.assert_allclose(cells, wrote["kernels"], atol=1e-5)
    np.testing.assert_allclose(corner, wrote["mask_features"], atol=1e-5)


def test_instances_are_what_they_were(model, wrote):
    found = model.segment(wrote["photo"])
    np.testing.assert_allclose(found.scores, wrote["scores"], atol=1e-4)
    np.testing.assert_array_equal(found.labels, wrote["labels"])


def test_arguments_come_back(model):
    assert model.class_names == ("circle", "rectangle", "triangle")
    assert model.preprocessor.image_size == (64, 64)
    assert model.decoder.nms_kernel == "linear"
    assert model.target_encoder.collision == "smallest"
    assert model.target_encoder.max_pairs == 9
    assert model.head.filters == model.mask_head.filters == 8


def test_optimizer_comes_back():
    model = from_keras_file()
    assert isinstance(model.optimizer, keras.optimizers.AdamW)
    assert model.optimizer.use_ema


def test_overrides_are_in_the_words_of_this_version():
    encoder = {"collision": "both", "max_pairs": 5}
    model = SOLOv2.from_preset(FOLDER / "preset", target_encoder=encoder)
    assert model.target_encoder.collision == "both"
    assert model.target_encoder.max_pairs == 5
    with pytest.raises(TypeError, match="Received: collision"):
        SOLOv2.from_preset(FOLDER / "preset", collision="both")
