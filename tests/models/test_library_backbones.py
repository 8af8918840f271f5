"""Backbones of KerasHub and KerasCV, where they are installed."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import SOLOv2
from keras_solo.models import feature_backbone

ANY_SIZE = (None, None, 3)


def hub_resnet(**kwargs):
    keras_hub = pytest.importorskip("keras_hub")
    arguments = {
        "input_conv_filters": [64],
        "input_conv_kernel_sizes": [7],
        "stackwise_num_filters": [64, 64, 64, 64],
        "stackwise_num_blocks": [1, 1, 1, 1],
        "stackwise_num_strides": [1, 2, 2, 2],
        "block_type": "basic_block",
        "image_shape": ANY_SIZE,
    }
    return keras_hub.models.ResNetBackbone(**{**arguments, **kwargs})


def hub_densenet():
    keras_hub = pytest.importorskip("keras_hub")
    return keras_hub.models.DenseNetBackbone(
        stackwise_num_repeats=[1, 1, 1, 1],
        growth_rate=8,
        image_shape=ANY_SIZE,
    )


def cv_resnet(include_rescaling=True):
    keras_cv = pytest.importorskip("keras_cv")
    return keras_cv.models.ResNetBackbone(
        stackwise_filters=[64, 64, 64, 64],
        stackwise_blocks=[1, 1, 1, 1],
        stackwise_strides=[1, 2, 2, 2],
        include_rescaling=include_rescaling,
        input_shape=ANY_SIZE,
        block_type="basic_block",
    )


@pytest.mark.parametrize("make", [hub_resnet, hub_densenet, cv_resnet])
def test_strides_are_measured(make):
    shapes = feature_backbone(make()).compute_output_shape((1, 64, 96, 3))
    assert {name: shape[1:3] for name, shape in shapes.items()} == {
        "P2": (16, 24),
        "P3": (8, 12),
        "P4": (4, 6),
        "P5": (2, 3),
    }


def test_features_are_the_library_s():
    model = hub_resnet()
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3))
    pixels = pixels.astype("float32")
    declared = keras.Model(model.input, model.pyramid_outputs)(pixels)
    ours = feature_backbone(model, "included")(pixels)
    for name, value in ours.items():
        np.testing.assert_allclose(
            ops.convert_to_numpy(value),
            ops.convert_to_numpy(declared[name]),
            atol=1e-5,
        )


def test_input_scaling():
    scaled = feature_backbone(hub_resnet()).get_layer("normalization")
    white = ops.convert_to_numpy(scaled(np.full((1, 1, 1, 3), 255.0)))
    np.testing.assert_allclose(
        white.ravel(),
        (1 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225],
        atol=1e-4,
    )
    names = [layer.name for layer in feature_backbone(cv_resnet()).layers]
    assert "normalization" not in names


def test_scaling_that_nobody_knows():
    with pytest.raises(ValueError, match="preprocessing="):
        feature_backbone(cv_resnet(include_rescaling=False))
    with pytest.raises(ValueError, match="preprocessing="):
        feature_backbone(hub_resnet(use_pre_activation=True))
    feature_backbone(cv_resnet(include_rescaling=False), "unit")


@pytest.mark.parametrize("make", [hub_resnet, cv_resnet])
def test_trains_saves_and_loads(make, make_model, tiny_batch, tmp_path):
    model = make_model(backbone=make())
    history = model.fit(*tiny_batch, epochs=1, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    model.save_to_preset(tmp_path / "preset")
    preset = SOLOv2.from_preset(tmp_path / "preset")
    images = tiny_batch[0].astype("float32")
    want = model(images, training=False)
    for other in (loaded, preset):
        for name, value in other(images, training=False).items():
            np.testing.assert_allclose(
                ops.convert_to_numpy(value),
                ops.convert_to_numpy(want[name]),
                atol=1e-5,
            )
