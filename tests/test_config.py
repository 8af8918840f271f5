"""Every public class comes back with all its arguments, non-default ones."""

import inspect

import keras
import numpy as np
import pytest

from keras_solo import layers, losses, recipes
from keras_solo.geometry import Levels
from keras_solo.models import ResNet

LEVELS = Levels((8, 4), ((0, 30), (20, float("inf"))), ("P3", "P4"), 0.3)
SCHEDULE = keras.optimizers.schedules.CosineDecay(0.1, 9)

# Each class with a non-default value for every argument of its own.
CASES = [
    (layers.BilinearUpsampling, {}),
    (
        layers.ConvBlock,
        {
            "filters": 8,
            "kernel_size": 1,
            "groups": 4,
            "deformable": True,
            "kernel_initializer": "zeros",
        },
    ),
    (layers.CoordConcat, {}),
    (
        layers.DeformableConv2D,
        {
            "filters": 8,
            "kernel_size": (1, 1),
            "strides": (2, 2),
            "padding": (0, 0),
            "groups": 2,
            "offset_groups": 2,
            "use_bias": True,
            "kernel_initializer": "zeros",
            "bias_initializer": "ones",
            "kernel_regularizer": "l2",
            "bias_regularizer": "l1",
        },
    ),
    (layers.DeformableConv2D, {"filters": 8, "dilation_rate": (2, 2)}),
    (layers.DynamicConvolution, {}),
    (layers.FrozenBatchNormalization, {"epsilon": 0.1, "momentum": 0.5}),
    (layers.FeaturePyramid, {"filters": 8, "num_extra_levels": 2}),
    (
        layers.InstanceDecoder,
        {
            "levels": LEVELS,
            "score_threshold": 0.2,
            "mask_threshold": 0.4,
            "update_threshold": 0.1,
            "max_candidates": 7,
            "nms_candidates": 6,
            "max_detections": 5,
            "nms_kernel": "linear",
            "nms_sigma": 3.0,
        },
    ),
    (
        layers.MaskFeatureHead,
        {
            "filters": 8,
            "output_filters": 4,
            "level_names": ("P2", "P3"),
            "groups": 2,
            "deformable": True,
        },
    ),
    (layers.MatrixNMS, {"kernel": "linear", "sigma": 3.0}),
    (
        layers.PixelNormalization,
        {"mean": (1, 2, 3), "std": (4, 5, 6), "reverse_channels": True},
    ),
    (layers.PointsNMS, {}),
    (
        layers.SOLOv2Head,
        {
            "num_classes": 3,
            "filters": 8,
            "num_convs": 1,
            "kernel_filters": 4,
            "grid_sizes": (4, 2),
            "level_names": ("P2", "P3"),
            "groups": 2,
            "deformable": "last",
            "prior_probability": 0.3,
            "kernel_initializer": "ones",
        },
    ),
    (
        layers.SOLOv2TargetEncoder,
        {"levels": LEVELS, "collision": "smallest", "max_pairs": 9},
    ),
    (losses.DiceLoss, {"reduction": "none", "name": "d", "dtype": "float64"}),
    (
        losses.SigmoidFocalLoss,
        {"alpha": 0.3, "gamma": 1.0, "name": "f", "dtype": "float64"},
    ),
    (
        recipes.CoupledSGD,
        {"learning_rate": 0.5, "l2": 0.1, "name": "sgd"},
    ),
    (recipes.WarmUp, {"schedule": SCHEDULE, "steps": 3, "start": 0.5}),
    (
        ResNet,
        {
            "block": "bottleneck",
            "num_blocks": (1, 1),
            "filters": (8, 16),
            "stem_filters": 8,
            "groups": 2,
            "group_width": 32,
            "norm": "group",
            "norm_frozen": True,
            "frozen_stages": 1,
            "deformable_stages": (2,),
            "name": "backbone",
            "dtype": "mixed_bfloat16",
        },
    ),
]


def own_arguments(cls):
    parameters = inspect.signature(cls.__init__).parameters.values()
    return {
        p.name: p.default
        for p in parameters
        if p.name != "self" and p.kind is p.POSITIONAL_OR_KEYWORD
    }


def comparable(value):
    if hasattr(value, "get_config"):
        value = value.get_config()
    if isinstance(value, dict):
        return {k: comparable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(v) for v in value]
    return value


@pytest.mark.parametrize("cls, arguments", CASES, ids=lambda c: str(c)[:60])
def test_config_has_every_argument(cls, arguments):
    own = own_arguments(cls)
    used = {name for other, case in CASES if other is cls for name in case}
    unused = set(own) - used - {"depth", "name", "dtype"}
    if cls.__init__ is keras.layers.BatchNormalization.__init__:
        unused = set()
    assert not unused, f"the test gives no value for {unused}"
    for name, value in arguments.items():
        assert comparable(value) != comparable(own.get(name)), name
    config = cls(**arguments).get_config()
    for name in arguments:
        assert name in config
    for name, value in arguments.items():
        if name.endswith(("initializer", "regularizer", "dtype", "schedule")):
            continue  # serialised into another form
        assert comparable(config[name]) == comparable(value), name


@pytest.mark.parametrize("cls, arguments", CASES, ids=lambda c: str(c)[:60])
def test_comes_back(cls, arguments):
    original = cls(**arguments)
    serialized = keras.saving.serialize_keras_object(original)
    again = keras.saving.deserialize_keras_object(serialized)
    assert type(again) is cls
    assert comparable(again.get_config()) == comparable(original.get_config())


def test_no_public_class_is_forgotten():
    covered = {cls for cls, _ in CASES}
    for room in (layers, losses):
        for name in room.__all__:
            value = getattr(room, name)
            if inspect.isclass(value):
                assert value in covered, name


def test_initializers_come_back():
    block = layers.ConvBlock(8, groups=4, kernel_initializer="ones")
    again = layers.ConvBlock.from_config(block.get_config())
    again.build((None, 4, 4, 2))
    np.testing.assert_array_equal(again.conv.kernel.numpy(), 1.0)
