"""On small models that have what KerasHub's have; those are tested in
test_library_backbones.py."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_solo import Letterbox
from keras_solo.models import feature_backbone
from keras_solo.models.one_size_features import (
    OneSizeFeatures,
    is_for_one_size,
)
from keras_solo.models.parts import check_canvas

SIZES = {"P2": (16, 24), "P3": (8, 12), "P4": (4, 6), "P5": (2, 3)}


@keras.saving.register_keras_serializable("tests")
class TinyViT(keras.Model):
    """Patches of 14 pixels, each times its mean; a class token before them."""

    def __init__(self, image_size=(56, 84), **kwargs):
        images = keras.Input((*image_size, 3), name="images")
        x = layers.AveragePooling2D(14, data_format="channels_last")(images)
        x = layers.Reshape((-1, 3))(x)
        x = layers.ZeroPadding1D((1, 0))(x)
        # KerasHub's DINO takes a dict.
        super().__init__({"images": images}, x, **kwargs)
        self.image_size, self.patch_size = image_size, 14

    def get_config(self):
        return {"image_size": self.image_size, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


class Halving(layers.Layer):
    """Each second token of each second row."""

    def call(self, inputs, H, W):
        maps = ops.reshape(inputs, (-1, H, W, 3))[:, ::2, ::2]
        return ops.reshape(maps, (-1, H * W // 4, 3))


class Stage(layers.Layer):
    """Twice the tokens, then fewer of them."""

    def __init__(self, size, last):
        super().__init__()
        self.input_resolution = size
        self.blocks = [layers.Rescaling(2.0)]
        self.downsample = None if last else Halving()

    def call(self, inputs):
        x = self.blocks[0](inputs)
        height, width = self.input_resolution
        return self.downsample(x, H=height, W=width) if self.downsample else x


def tiny_swin(count=4):
    images = keras.Input((64, 96, 3))
    x = layers.AveragePooling2D(4, data_format="channels_last")(images)
    x = layers.Reshape((-1, 3))(x)
    stages = [Stage((16 >> i, 24 >> i), i == count - 1) for i in range(count)]
    for stage in stages:
        x = stage(x)
    norm = layers.LayerNormalization(epsilon=1e-5)
    model = keras.Model(images, norm(x))
    model.stages, model.norm = stages, norm
    return model


def tiny_mit(count=4):
    """Its names of levels are wrong, as MiT's are."""
    images = x = keras.Input((64, 96, 3))
    outputs = {}
    for index in range(count):
        size = 2 if index else 4
        x = layers.AveragePooling2D(size, data_format="channels_last")(x)
        outputs[f"P{index + 1}"] = x
    model = keras.Model(images, x)
    model.pyramid_outputs = outputs
    return model


def noise(size):
    pixels = np.random.default_rng(0).uniform(0, 255, (1, *size, 3))
    return pixels.astype("float32")


def means(pixels, stride):
    """Of each cell of a stride."""
    _, height, width, _ = pixels.shape
    cells = pixels.reshape(
        1, height // stride, stride, width // stride, stride, 3
    )
    return cells.mean((2, 4))


def features_of(model, size, preprocessing="included"):
    backbone = feature_backbone(model, preprocessing)
    assert backbone.input.shape == (None, *size, 3)
    pixels = noise(size)
    maps = backbone(pixels)
    shapes = {name: tuple(value.shape[1:3]) for name, value in maps.items()}
    assert shapes == SIZES
    arrays = {name: ops.convert_to_numpy(x) for name, x in maps.items()}
    return pixels, arrays


def test_declared_maps_go_by_stride():
    pixels, maps = features_of(tiny_mit(), (64, 96))
    for name, stride in (("P2", 4), ("P3", 8), ("P4", 16), ("P5", 32)):
        np.testing.assert_allclose(maps[name], means(pixels, stride), rtol=1e-4)


def test_stages_before_they_lose_tokens():
    """Blocks here double the tokens, which a normalisation does not see."""
    pixels, maps = features_of(tiny_swin(), (64, 96))
    tokens = means(pixels, 4)
    centred = tokens - tokens.mean(-1, keepdims=True)
    want = centred / centred.std(-1, keepdims=True)
    for level, name in enumerate(("P2", "P3", "P4", "P5")):
        step = 2**level
        np.testing.assert_allclose(
            maps[name], want[:, ::step, ::step], atol=1e-3
        )


def test_patches_of_14_pixels_take_16():
    """The class token is dropped, and an impulse is where it was."""
    size = (64, 96)
    pixels, maps = features_of(TinyViT(), size)
    np.testing.assert_allclose(maps["P4"].mean(), pixels.mean(), rtol=1e-2)
    backbone = feature_backbone(TinyViT(), "included")
    pixels[:, 32:48, 64:80] += 100
    moved = ops.convert_to_numpy(backbone(pixels)["P4"]) - maps["P4"]
    np.testing.assert_allclose(moved[0, 2, 4], 100, rtol=0.01)
    moved[0, 2, 4] = 0
    # Bilinear interpolation mixes the pixels at the border of patches.
    assert np.abs(moved).max() < 5


def test_a_patch_size_of_two_numbers_and_no_resizing():
    model = TinyViT((56, 84))
    model.patch_size = (14, 14)
    assert OneSizeFeatures(model).canvas_size == (64, 96)
    whole = TinyViT((64, 96))
    whole.patch_size = 16
    assert OneSizeFeatures(whole).canvas_size == (64, 96)


def test_it_saves_and_loads(tmp_path):
    backbone = feature_backbone(TinyViT(trainable=False), "tf")
    backbone.save(tmp_path / "backbone.keras")
    again = keras.saving.load_model(tmp_path / "backbone.keras")
    pixels = noise((64, 96))
    for name, value in backbone(pixels).items():
        np.testing.assert_array_equal(
            ops.convert_to_numpy(value),
            ops.convert_to_numpy(again(pixels)[name]),
        )


def test_a_foreign_config_runs_no_code():
    config = OneSizeFeatures(TinyViT()).get_config()
    code = layers.Lambda(lambda x: x)
    config["model"] = keras.saving.serialize_keras_object(code)
    with pytest.raises(ValueError, match="lambda"):
        OneSizeFeatures.from_config(config)
    config["model"] = keras.saving.serialize_keras_object(layers.Dense(1))
    # Keras says it so of an error in a constructor.
    with pytest.raises(TypeError, match="images of one size .*Dense"):
        OneSizeFeatures.from_config(config)


def test_what_it_is_not_for():
    images = keras.Input((64, 96, 3))
    assert not is_for_one_size(keras.Model(images, images))
    gray = keras.Input((64, 96, 1))
    assert not is_for_one_size(keras.Model(gray, gray))
    assert not is_for_one_size(None)
    both = [images, keras.Input((64, 96, 3))]
    assert not is_for_one_size(keras.Model(both, both))


def test_missing_strides_and_odd_patches():
    for model in (tiny_swin(3), tiny_mit(3)):
        with pytest.raises(ValueError, match=r"strides 4, 8, 16 and 32.*4, 6"):
            feature_backbone(model, "tf")
    with pytest.raises(ValueError, match="even number .* 5 x 4 patches"):
        feature_backbone(TinyViT((70, 56)), "tf")


def test_the_canvas_is_the_backbone_s():
    backbone = feature_backbone(TinyViT(), "included")
    check_canvas(backbone, Letterbox((64, 96)))
    for other in (Letterbox((96, 64)), Letterbox((64, 96), canvas="fit")):
        with pytest.raises(ValueError, match=r"Letterbox\(\(64, 96\)\), sin"):
            check_canvas(backbone, other)
