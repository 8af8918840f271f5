"""What names and shapes say about a SOLOv2."""

import numpy as np
import pytest

from keras_solo.checkpoints import ForeignWeightsError
from keras_solo.checkpoints.mmdet_architecture import (
    architecture,
    resnet_architecture,
    within,
)
from tests.mmdet_files import META


def zeros(**shapes):
    """Tensors of these shapes; `__` stands for a dot."""
    return {k.replace("__", "."): np.zeros(s) for k, s in shapes.items()}


def test_nothing():
    assert within({}, "backbone.") == {}
    with pytest.raises(ForeignWeightsError, match="batch normalisation"):
        resnet_architecture({})
    with pytest.raises(ForeignWeightsError, match="SOLOv2.*Received: none"):
        architecture({}, {})


def test_tensors_within_a_prefix():
    tensors = {"backbone.conv1.weight": 1, "neck.backbone.x": 2, "backbone": 3}
    assert within(tensors, "backbone.") == {"conv1.weight": 1}


def test_the_whole_architecture(mmdet_weights):
    arguments = architecture(mmdet_weights, META)
    assert arguments["backbone"] == {
        "block": "basic",
        "num_blocks": (2, 2, 2, 2),
        "filters": (8, 16, 32, 64),
        "stem_filters": 8,
        "groups": 1,
        "group_width": 64,
        "deformable_stages": (),
        "frozen_stages": 2,
        "norm_frozen": False,
    }
    assert arguments["num_classes"] == 5
    assert arguments["pyramid_filters"] == 16
    assert arguments["head"]["num_convs"] == 2
    assert arguments["head"]["deformable"] is None
    assert arguments["head"]["groups"] == 4
    assert arguments["mask_head"]["deformable"] is False
    assert arguments["mask_head"]["groups"] == 4


def test_without_a_config_the_published_ones_hold(mmdet_weights):
    arguments = architecture(mmdet_weights, {})
    assert arguments["num_classes"] == 5
    assert arguments["class_names"] is None
    assert arguments["preprocessor"]["image_size"] == (448, 768)
    assert arguments["head"]["groups"] == 32
    assert arguments["levels"]["grid_sizes"] == (40, 36, 24, 16, 12)
    assert arguments["decoder"] == {}


OFFSETS = "mask_head.cls_convs.{}.conv.conv_offset.weight"


@pytest.mark.parametrize(
    "places, deformable, long",
    [((), None, 768), ((1,), "last", 852), ((0, 1), "all", 852)],
)
def test_deformable_heads(mmdet_weights, places, deformable, long):
    added = {
        OFFSETS.format(place): np.zeros((27, 16, 3, 3)) for place in places
    }
    arguments = architecture({**mmdet_weights, **added}, {})
    assert arguments["head"]["deformable"] == deformable
    assert arguments["preprocessor"]["image_size"][1] == long


# === Backbones ===

# Two blocks in the second stage; 3 x 3 convolutions of 8 groups of 4.
RESNEXT = zeros(
    conv1__weight=(64, 3, 7, 7),
    bn1__running_mean=(64,),
    layer1__0__conv1__weight=(32, 64, 1, 1),
    layer1__0__conv2__weight=(32, 4, 3, 3),
    layer1__0__conv3__weight=(64, 32, 1, 1),
    layer2__0__conv1__weight=(64, 64, 1, 1),
    layer2__0__conv3__weight=(128, 64, 1, 1),
    layer2__1__conv1__weight=(64, 128, 1, 1),
    layer3__0__conv1__weight=(128, 128, 1, 1),
    layer3__0__conv2__conv_offset__weight=(27, 128, 3, 3),
    layer3__0__conv3__weight=(256, 128, 1, 1),
    layer4__0__conv1__weight=(256, 256, 1, 1),
    layer4__0__conv3__weight=(512, 256, 1, 1),
)


def test_a_resnext_by_hand():
    assert resnet_architecture(RESNEXT) == {
        "block": "bottleneck",
        "num_blocks": (1, 2, 1, 1),
        "filters": (16, 32, 64, 128),
        "stem_filters": 64,
        "groups": 8,
        # 4 channels a group where the block has 16 filters; of 64 it is 16.
        "group_width": 16,
        "deformable_stages": (3,),
    }


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"stem.0.weight": np.zeros((8, 3, 3, 3))}, "deep stem"),
        ({"bn1.running_mean": None}, "batch normalisation"),
        (
            {"layer4.0.conv1.weight": None, "layer4.0.convX.weight": 1},
            "four stages. There is no layer4.0.conv1.weight; its nearest name "
            "is layer4.0.convX.weight$",
        ),
        ({"conv1.weight": None}, "conv1.weight. Received: nothing"),
        ({"conv1.weight": np.zeros(3)}, r"conv1.weight. Received: shape \(3,"),
        ({"conv1.weight": np.zeros((0, 3, 7, 7))}, r"shape \(0, 3, 7, 7\)"),
    ],
)
def test_backbones_that_are_not_ours(changes, message):
    changed = {**RESNEXT, **changes}
    tensors = {k: v for k, v in changed.items() if v is not None}
    with pytest.raises(ForeignWeightsError, match=message):
        resnet_architecture(tensors)


@pytest.mark.parametrize(
    "missing, message",
    [
        ("mask_head.conv_kernel.weight", "expected a SOLOv2.*conv_cls"),
        ("mask_head.cls_convs.0.conv.weight", "expected a SOLOv2"),
        ("backbone.bn1.running_mean", "batch normalisation"),
        ("neck.lateral_convs.0.conv.weight", "lateral_convs.*nothing"),
    ],
)
def test_models_that_are_not_ours(mmdet_weights, missing, message):
    tensors = {k: v for k, v in mmdet_weights.items() if k != missing}
    with pytest.raises(ForeignWeightsError, match=message):
        architecture(tensors, META)


@pytest.mark.parametrize(
    "name",
    [
        "backbone.layer4.0.conv2.weight",
        "neck.lateral_convs.0.conv.weight",
        "mask_head.cls_convs.0.conv.weight",
        "mask_head.mask_feature_head.convs_all_levels.0.conv0.conv.weight",
    ],
)
def test_a_tensor_that_would_make_a_large_model(mmdet_weights, name):
    wide = np.repeat(mmdet_weights[name], 300, axis=0)
    with pytest.raises(ForeignWeightsError, match="filters need more weights"):
        architecture({**mmdet_weights, name: wide}, META)
