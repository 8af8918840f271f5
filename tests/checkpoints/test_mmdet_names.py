import numpy as np
import pytest

from keras_solo.checkpoints import ForeignWeightsError
from keras_solo.checkpoints.mmdet_names import (
    listed,
    reference_name,
    tensor_of,
    values,
)


def test_nothing():
    assert values({}, {}) == {}
    assert listed([]) == "none"


@pytest.mark.parametrize(
    "path, name",
    [
        ("conv1_conv/kernel", "backbone.conv1.weight"),
        ("conv1_bn/moving_mean", "backbone.bn1.running_mean"),
        ("stack0_block1_0_bn/beta", "backbone.layer1.1.downsample.1.bias"),
        ("stack3_block2_3_conv/kernel", "backbone.layer4.2.conv3.weight"),
        ("feature_pyramid/lateral_P3/bias", "neck.lateral_convs.1.conv.bias"),
        ("feature_pyramid/output_P5/kernel", "neck.fpn_convs.3.conv.weight"),
        ("head/category_output/bias", "mask_head.conv_cls.bias"),
        ("head/kernel_output/bias", "mask_head.conv_kernel.bias"),
        ("head/kernel_2/norm/gamma", "mask_head.kernel_convs.2.gn.weight"),
        (
            "mask_feature_head/P4_1/conv/kernel",
            "mask_head.mask_feature_head.convs_all_levels.2.conv1.conv.weight",
        ),
        (
            "mask_feature_head/output_block/norm/beta",
            "mask_head.mask_feature_head.conv_pred.gn.bias",
        ),
    ],
)
def test_names(path, name):
    assert reference_name(path) == name


def test_paths_without_a_name():
    with pytest.raises(ForeignWeightsError, match="Received: dense/kernel"):
        reference_name("dense/kernel")


def test_convolutions_are_turned_there_and_back():
    kernel = np.arange(24.0).reshape(1, 2, 3, 4)
    tensors = {"mask_head.conv_cls.weight": tensor_of(kernel)}
    assert tensors["mask_head.conv_cls.weight"].shape == (4, 3, 1, 2)
    path = "head/category_output/kernel"
    found = values(tensors, {path: kernel.shape})
    np.testing.assert_array_equal(found[path], kernel)


def test_missing_and_left_over():
    with pytest.raises(
        ForeignWeightsError,
        match=r"conv_cls.bias \(\(3,\) expected, nothing\).*Left over: other",
    ):
        values({"other": np.zeros(1)}, {"head/category_output/bias": (3,)})
    with pytest.raises(ForeignWeightsError, match=r"shape \(2,\)"):
        values(
            {"mask_head.conv_cls.bias": np.zeros(2)},
            {"head/category_output/bias": (3,)},
        )


def test_long_lists_are_cut():
    assert listed(map(str, range(22))).endswith("19 and 2 more")
