import keras
import numpy as np
import pytest

from keras_solo import ResNet

TINY = {"block": "bottleneck", "num_blocks": (1, 2), "filters": (8, 8)}


def images(size=32):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 255, (2, size, size, 3)).astype("float32")


def randomized(model):
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if weight.path.split("/")[-1] != "kernel":
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return model


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"norm": "group"},
        {"norm_frozen": True, "frozen_stages": 1},
        {"groups": 2, "group_width": 32},
        {"deformable_stages": (2,)},
        {"block": "basic"},
    ],
)
@pytest.mark.parametrize("training", [False, True])
def test_called_as_it_is_wired(arguments, training):
    """The layers called one by one, as the functional graph has them."""
    model = randomized(ResNet(stem_filters=8, **{**TINY, **arguments}))
    graph = keras.Model(model.input, model.output)
    wired = graph(images(), training=training)
    called = model(images(), training=training)
    assert set(called) == set(wired)
    for name in wired:
        got, want = (
            keras.ops.convert_to_numpy(maps[name]) for maps in (called, wired)
        )
        np.testing.assert_allclose(got, want, atol=2e-5 * np.abs(want).max())


def test_each_layer_is_made_once():
    model = ResNet(stem_filters=8, **TINY)
    before = list(model.layers)
    model(images())
    assert model.layers == before
    assert {layer.name for layer in before[1:]} == set(model._wiring.layers)


def test_what_is_frozen():
    model = ResNet(stem_filters=8, frozen_stages=1, **TINY)
    learning = {
        weight.path.split("/")[-2] for weight in model.trainable_weights
    }
    assert learning and all(name.startswith("stack1") for name in learning)
