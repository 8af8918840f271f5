"""What is trained: a backbone, a preset, a preset's architecture."""

import numpy as np
import pytest

from keras_solo import (
    EfficientNetLite,
    Intensity,
    Letterbox,
    Levels,
    ResNet,
    SOLOv2,
)
from keras_solo.training import model_from_backbone, model_from_preset

SHAPES = ("circle", "rectangle", "triangle")


@pytest.fixture
def tiny_preset(tmp_path, make_model):
    folder = tmp_path / "tiny"
    make_model(category_ids=(1, 2, 3)).save_to_preset(folder)
    return folder


def test_backbone():
    model = model_from_backbone(
        "resnet18", ["cat", "dog"], (7, 9), (64, 96), dtype="bfloat16"
    )
    assert model.class_names == ("cat", "dog")
    assert model.category_ids == (7, 9)
    assert model.preprocessor.canvas_size((10, 10)) == (64, 96)
    assert model.backbone.depth == 18 and not model.backbone.norm_frozen
    assert model.head.filters == 256
    assert model.dtype_policy.name == "bfloat16"
    assert model.backbone.dtype_policy.name == "bfloat16"


def test_grids_and_detections():
    model = model_from_backbone(
        "efficientnet_lite0",
        SHAPES,
        image_size=(64, 96),
        grid_sizes=[12, 8],
        max_detections=7,
    )
    assert model.levels == Levels.for_canvas((64, 96), (12, 8))
    decoder = model.decoder
    assert (decoder.max_detections, decoder.max_candidates) == (7, 35)
    default = model_from_backbone("efficientnet_lite0", SHAPES)
    assert len(default.levels) == 5 and default.decoder.max_candidates == 500


def test_backbone_with_imagenet_weights(monkeypatch):
    asked = {}

    def from_preset(preset, **arguments):
        asked["preset"] = preset
        return ResNet(18, **arguments)

    monkeypatch.setattr(ResNet, "from_preset", from_preset)
    model = model_from_backbone("resnet18_imagenet", SHAPES)
    assert asked["preset"] == "resnet18_imagenet"
    assert model.backbone.norm_frozen and model.backbone.frozen_stages == 1
    assert model.category_ids is None


def test_efficientnet_lite():
    """All of it learns but ImageNet's statistics, with a head of its size."""
    small = {"image_size": (64, 64)}
    model = model_from_backbone("efficientnet_lite1", SHAPES, **small)
    assert model.backbone.variant == 1 and model.head.filters == 128
    name = "efficientnet_lite0_imagenet"
    learned = model_from_backbone(name, SHAPES, head="light", **small)
    assert learned.head.filters == 256
    assert learned.feature_pyramid.filters == 256
    backbone = learned.backbone
    assert backbone.norm_frozen and backbone.frozen_stages == 0
    assert not model.backbone.norm_frozen
    other = EfficientNetLite.from_preset(name)
    for one, two in zip(backbone.weights, other.weights, strict=True):
        np.testing.assert_array_equal(one, two)


def test_unknown_names():
    with pytest.raises(ValueError, match="resnet18, .*Received: 'resnet19'"):
        model_from_backbone("resnet19", SHAPES)
    with pytest.raises(ValueError, match="full, light, small. Rec.*'huge'"):
        model_from_backbone("resnet18", SHAPES, head="huge")


def test_preset_with_the_same_classes(tiny_preset):
    """In another order: the weights know the preset's."""
    model = model_from_preset(tiny_preset, tuple(reversed(SHAPES)))
    assert model.class_names == SHAPES
    assert model.category_ids == (1, 2, 3)
    other = SOLOv2.from_preset(tiny_preset)
    for one, two in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(one, two)


def test_ids_of_the_data_win(tiny_preset):
    model = model_from_preset(tiny_preset, SHAPES[::-1], (7, 9, 42))
    assert model.class_names == SHAPES
    assert model.category_ids == (42, 9, 7)


def test_preset_with_other_classes(tiny_preset):
    with pytest.warns(UserWarning, match="starts anew"):
        model = model_from_preset(tiny_preset, ("cat", "dog"))
    assert model.class_names == ("cat", "dog")
    assert model.category_ids is None
    with pytest.warns(UserWarning, match="starts anew"):
        model = model_from_preset(tiny_preset, ("cat", "dog"), (4, 2))
    assert model.category_ids == (4, 2)


def test_preset_on_another_canvas(tiny_preset):
    model = model_from_preset(tiny_preset, SHAPES, image_size=(96, 96))
    assert model.preprocessor.image_size == (96, 96)
    assert model.levels.grid_sizes == (8, 4)
    assert model.levels.names == ("P3", "P4")
    assert model.levels.ranges[0] == (0, 96 * 96 / 800)


def test_architecture_learns_all_of_it():
    model = model_from_preset(
        "solov2_light_r18_fpn_3x_coco", SHAPES, load_weights=False
    )
    assert model.class_names == SHAPES
    assert not model.backbone.norm_frozen
    assert model.backbone.frozen_stages == 0
    assert model.preprocessor.image_size == (448, 768)
    frozen = [layer.name for layer in model.layers if not layer.trainable]
    assert not frozen


def test_preset_without_weights():
    with pytest.raises(ValueError, match="weights"):
        model_from_preset("solov2_light_r50_dcn_fpn_3x_coco", SHAPES)


def test_the_intensity_stays_or_is_chosen(make_model, tmp_path):
    """Another canvas does not drop what the weights were trained with."""
    own, other = (Intensity("percentiles", (1, high)) for high in (99, 99.8))
    preset = tmp_path / "cells"
    letterbox = Letterbox((64, 64), pad_value=(1, 2, 3), intensity=own)
    make_model(preprocessor=letterbox).save_to_preset(preset)
    assert model_from_preset(preset, SHAPES).preprocessor == letterbox
    model = model_from_preset(preset, SHAPES, image_size=(96, 96))
    assert model.preprocessor == Letterbox((96, 96), intensity=own)
    model = model_from_preset(preset, SHAPES, intensity=other)
    assert model.preprocessor.intensity == other
    assert model.preprocessor.pad_value == (1, 2, 3)
    model = model_from_backbone(
        "resnet18", SHAPES, image_size=(64, 64), intensity=other
    )
    assert model.preprocessor == Letterbox((64, 64), intensity=other)
