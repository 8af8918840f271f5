"""What is trained: a backbone, a preset, a preset's architecture."""

import argparse

import numpy as np
import pytest

from keras_solo import ResNet
from keras_solo.cli.errors import CliError
from keras_solo.cli.training_model import build_model, starts_from_weights

SHAPES = ("circle", "rectangle", "triangle")


def options(**given):
    names = ("preset", "backbone", "head", "image_size", "dtype", "no_weights")
    return argparse.Namespace(**{**dict.fromkeys(names), **given})


def test_backbone():
    model = build_model(
        options(backbone="resnet18", image_size=[64, 96], dtype="bfloat16"),
        ("cat", "dog"),
    )
    assert model.class_names == ("cat", "dog")
    assert model.preprocessor.canvas_size((10, 10)) == (64, 96)
    assert model.backbone.depth == 18 and not model.backbone.norm_frozen
    assert model.head.filters == 256
    assert model.dtype_policy.name == "bfloat16"
    assert model.backbone.dtype_policy.name == "bfloat16"


def test_backbone_with_imagenet_weights(monkeypatch):
    asked = {}

    def from_preset(preset, **arguments):
        asked["preset"] = preset
        return ResNet(18, **arguments)

    monkeypatch.setattr(ResNet, "from_preset", from_preset)
    given = options(backbone="resnet18_imagenet")
    assert starts_from_weights(given)
    model = build_model(given, SHAPES)
    assert asked["preset"] == "resnet18_imagenet"
    assert model.backbone.norm_frozen and model.backbone.frozen_stages == 1
    assert not starts_from_weights(options(backbone="resnet18"))


def test_preset_with_the_same_classes(tiny_preset, make_model):
    """In another order: the weights know the preset's."""
    given = options(preset=str(tiny_preset))
    assert starts_from_weights(given)
    model = build_model(given, tuple(reversed(SHAPES)))
    assert model.class_names == SHAPES
    other = make_model()
    other.load_weights(tiny_preset / "model.weights.h5")
    for one, two in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(one, two)


def test_preset_with_other_classes(tiny_preset):
    with pytest.warns(UserWarning, match="starts anew"):
        model = build_model(options(preset=str(tiny_preset)), ("cat", "dog"))
    assert model.class_names == ("cat", "dog")


def test_preset_on_another_canvas(tiny_preset):
    model = build_model(
        options(preset=str(tiny_preset), image_size=[96, 96]), SHAPES
    )
    assert model.preprocessor.image_size == (96, 96)
    assert model.levels.grid_sizes == (8, 4)
    assert model.levels.names == ("P3", "P4")
    assert model.levels.ranges[0] == (0, 96 * 96 / 800)


def test_architecture_learns_all_of_it():
    given = options(preset="solov2_light_r18_fpn_3x_coco", no_weights=True)
    assert not starts_from_weights(given)
    model = build_model(given, SHAPES)
    assert model.class_names == SHAPES
    assert not model.backbone.norm_frozen
    assert model.backbone.frozen_stages == 0
    assert model.preprocessor.image_size == (448, 768)
    frozen = [layer.name for layer in model.layers if not layer.trainable]
    assert not frozen


def test_preset_without_weights():
    with pytest.raises(CliError, match="--no-weights"):
        build_model(options(preset="solov2_light_r50_dcn_fpn_3x_coco"), SHAPES)
