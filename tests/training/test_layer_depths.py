"""layer_depths: the order of variables is the order in which maps shrink."""

import keras
import pytest

from keras_solo import ResNet
from keras_solo.training.layer_depths import layer_depths
from tests.conftest import make_tiny_model
from tests.models.test_composed_solov2 import make_composed

PROBE = 256


def mobilenet():
    return keras.applications.MobileNetV3Small(
        include_top=False, weights=None, input_shape=(None, None, 3)
    )


def strides(network):
    """The stride of each variable's layer, in the order of its output."""
    layers = [layer for layer in network.layers if layer.weights]
    probe = keras.Model(network.inputs, [layer.output for layer in layers])
    shapes = probe.compute_output_shape((1, PROBE, PROBE, 3))
    return {
        id(weight): PROBE // shape[1]
        for layer, shape in zip(layers, shapes, strict=True)
        for weight in layer.weights
        if shape[1] > 1  # of squeeze and excitation
    }


@pytest.mark.parametrize("make", [mobilenet, lambda: ResNet(18)])
def test_deeper_is_smaller(make):
    """Measured: no stride is less than that of a variable before it."""
    network = make()
    model = make_tiny_model(backbone=network)
    depths = layer_depths(model)
    stride = strides(network)
    pairs = [
        (depth, stride[id(variable)])
        for depth, variable in zip(
            depths, model.trainable_variables, strict=True
        )
        if id(variable) in stride
    ]
    assert pairs == sorted(pairs)
    assert {s for _, s in pairs} == {2, 4, 8, 16, 32}
    known = len(model.backbone.trainable_variables)
    assert (depths[0], depths[known - 1]) == (0.0, 1.0)
    assert None not in depths[:known]
    assert depths[known:] == [None] * (len(depths) - known) != []


def test_what_is_frozen_counts():
    """The depth of a layer is the same, whatever else learns."""
    arguments = {"block": "basic", "num_blocks": (1, 1, 1, 1)}
    arguments |= {"filters": (4, 4, 4, 4), "stem_filters": 4}
    whole = make_tiny_model(backbone=ResNet(**arguments))
    part = make_tiny_model(backbone=ResNet(**arguments, frozen_stages=2))
    deep = [depth for depth in layer_depths(part) if depth is not None]
    assert min(deep) > 0.4
    assert deep == [d for d in layer_depths(whole) if d in deep]


def test_nothing_of_the_backbone_learns():
    model = make_tiny_model()
    model.backbone.trainable = False
    assert set(layer_depths(model)) == {None}


def test_a_network_without_a_backbone():
    with pytest.raises(ValueError, match="ComposedSOLOv2.*from_scratch"):
        layer_depths(make_composed())
