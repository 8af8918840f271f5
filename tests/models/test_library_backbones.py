"""Backbones of KerasHub and KerasCV, where they are installed."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import Letterbox, SOLOv2
from keras_solo.models import feature_backbone
from keras_solo.models.checked_config import check_config

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


def hub_mit():
    keras_hub = pytest.importorskip("keras_hub")
    return keras_hub.models.MiTBackbone(
        layerwise_depths=[1, 1, 1, 1],
        num_layers=4,
        layerwise_num_heads=[1, 1, 1, 1],
        layerwise_sr_ratios=[8, 4, 2, 1],
        max_drop_path_rate=0.1,
        layerwise_patch_sizes=[7, 3, 3, 3],
        layerwise_strides=[4, 2, 2, 2],
        hidden_dims=[16, 16, 16, 16],
        image_shape=(128, 128, 3),
    )


def hub_swin():
    keras_hub = pytest.importorskip("keras_hub")
    return keras_hub.models.SwinTransformerBackbone(
        image_shape=(64, 96, 3),
        embed_dim=8,
        depths=(1, 1, 1, 1),
        num_heads=(1, 1, 1, 1),
        window_size=2,
    )


def hub_vit():
    keras_hub = pytest.importorskip("keras_hub")
    return keras_hub.models.ViTBackbone(
        image_shape=(64, 96, 3),
        patch_size=16,
        num_layers=1,
        num_heads=1,
        hidden_dim=16,
        mlp_dim=16,
    )


def hub_dino(name, **kwargs):
    keras_hub = pytest.importorskip("keras_hub")
    arguments = {
        "num_layers": 1,
        "num_heads": 1,
        "hidden_dim": 16,
        "intermediate_dim": 16,
        "num_register_tokens": 2,
    }
    return getattr(keras_hub.models, name)(**arguments, **kwargs)


def hub_dino_v2():
    """Trained at another size than that of its images, as its presets."""
    return hub_dino(
        "DINOV2Backbone",
        patch_size=14,
        image_shape=(56, 56, 3),
        position_embedding_shape=(70, 70, 3),
    )


def hub_dino_v3():
    return hub_dino("DINOV3Backbone", patch_size=16, image_shape=(64, 96, 3))


def arrays(maps):
    return {name: ops.convert_to_numpy(x) for name, x in maps.items()}


@pytest.mark.parametrize(
    ("make", "canvas", "mean"),
    [
        (hub_mit, (128, 128), 123.675),
        (hub_swin, (64, 96), 123.675),
        (hub_vit, (64, 96), 127.5),
        (hub_dino_v2, (64, 64), 123.675),
        (hub_dino_v3, (64, 96), 123.675),
    ],
)
def test_transformers_for_one_size(make, canvas, mean, tmp_path):
    backbone = feature_backbone(make())
    assert backbone.input.shape == (None, *canvas, 3)
    assert backbone.get_layer("normalization").mean[0] == mean

    pixels = np.random.default_rng(0).uniform(0, 255, (8, *canvas, 3))
    pixels = pixels.astype("float32")
    maps = arrays(backbone(pixels))
    for name, stride in (("P2", 4), ("P3", 8), ("P4", 16), ("P5", 32)):
        # What changes in a cell shows there; within a patch, anywhere. MiT's
        # cells overlap, and have their centres at the first pixels of ours.
        cell = (canvas[0] // stride - 1, 1)
        before = stride // 2 if make == hub_mit else 0
        square = tuple(
            slice(x * stride - before, (x + 1) * stride - before) for x in cell
        )
        other = pixels.copy()
        other[:, *square] = 255 - pixels[:, *square]
        changes = arrays(backbone(other))[name] - maps[name]
        changes = np.square(changes).sum((0, -1))
        assert changes.shape == (canvas[0] // stride, canvas[1] // stride)
        found = np.unravel_index(changes.argmax(), changes.shape)
        of_patch = 1 if make in (hub_mit, hub_swin) else max(16 // stride, 1)
        assert [int(x) // of_patch for x in found] == [
            x // of_patch for x in cell
        ]

    check_config(keras.saving.serialize_keras_object(backbone))
    backbone.save(tmp_path / "backbone.keras")
    again = keras.saving.load_model(tmp_path / "backbone.keras")
    for name, value in arrays(again(pixels)).items():
        np.testing.assert_allclose(value, maps[name], atol=1e-5)


def test_maps_of_transformers_are_the_library_s():
    """What is last in the model is what it returns."""
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 64, 96, 3))
    pixels = pixels.astype("float32")
    for make, name, size, dropped in (
        (hub_swin, "P5", (2, 3), 0),
        (hub_vit, "P4", (4, 6), 1),
        (hub_dino_v3, "P4", (4, 6), 3),
    ):
        model = make()
        inputs = pixels
        if isinstance(model.input, dict):
            inputs = dict.fromkeys(model.input, pixels)
        want = ops.convert_to_numpy(model(inputs))[:, dropped:]
        found = feature_backbone(model, "included")(pixels)[name]
        np.testing.assert_allclose(
            ops.convert_to_numpy(found), want.reshape(1, *size, -1), atol=1e-4
        )


def test_a_transformer_trains_saves_and_loads(make_model, tiny_batch, tmp_path):
    """Frozen, what is above it learns; it stays frozen when it is loaded."""
    vit = hub_dino_v2()
    vit.trainable = False
    before = vit.get_weights()
    with pytest.raises(ValueError, match=r"Letterbox\(\(64, 64\)\)"):
        make_model(backbone=vit, preprocessor=Letterbox((64, 96)))
    model = make_model(backbone=vit)
    history = model.fit(*tiny_batch, epochs=1, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert all(map(np.array_equal, before, vit.get_weights()))
    count = len(model.trainable_weights)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    model.save_to_preset(tmp_path / "preset")
    preset = SOLOv2.from_preset(tmp_path / "preset")
    images = tiny_batch[0].astype("float32")
    want = model(images, training=False)
    for other in (loaded, preset):
        assert len(other.trainable_weights) == count
        for name, value in other(images, training=False).items():
            np.testing.assert_allclose(
                ops.convert_to_numpy(value),
                ops.convert_to_numpy(want[name]),
                atol=1e-5,
            )
