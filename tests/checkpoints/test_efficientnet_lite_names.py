import numpy as np

from keras_solo.checkpoints.efficientnet_lite_names import (
    torch_names,
    without_classifier,
)

NAMES = {
    "stem_conv/kernel": "_conv_stem.weight",
    "stem_bn/moving_variance": "_bn0.running_var",
    "stack0_block0_depthwise_conv/kernel": "_blocks.0._depthwise_conv.weight",
    "stack0_block0_depthwise_bn/gamma": "_blocks.0._bn1.weight",
    "stack0_block10_expand_conv/kernel": "_blocks.2._expand_conv.weight",
    "stack0_block9_expand_bn/beta": "_blocks.1._bn0.bias",
    "lite/stack1_block0_project_conv/kernel": "_blocks.3._project_conv.weight",
    "stack1_block0_project_bn/moving_mean": "_blocks.3._bn2.running_mean",
}


def test_nothing():
    assert torch_names([]) == {}
    assert without_classifier({}) == {}


def test_blocks_are_counted_through():
    assert torch_names(NAMES) == NAMES


def test_the_classifier_is_left_out():
    names = ["_bn0.bias", "_blocks.0._bn1.bias"]
    others = ["_bn1.bias", "_conv_head.weight", "_fc.weight"]
    tensors = dict.fromkeys(names + others, np.zeros(1))
    assert list(without_classifier(tensors)) == names
