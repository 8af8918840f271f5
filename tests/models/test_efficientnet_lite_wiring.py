import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import EfficientNetLite
from keras_solo.models import efficientnet_lite_wiring as module
from keras_solo.models.efficientnet_lite_wiring import Block, blocks_of

# Without and with a wider inside, with and without a shortcut.
TINY = (((Block(8, 3, 1, 1), 1), (Block(8, 3, 2, 2), 2)),)


@pytest.mark.parametrize(
    "variant, blocks, filters",
    [
        (0, [3, 2, 6, 5], [24, 40, 112, 320]),
        (1, [4, 3, 8, 6], [24, 40, 112, 320]),
        (2, [4, 3, 8, 6], [24, 48, 120, 352]),
    ],
)
def test_blocks(variant, blocks, filters):
    stages = blocks_of(variant)
    assert [len(stage) for stage in stages] == blocks
    assert [stage[-1].filters for stage in stages] == filters
    strides = [block.stride for stage in stages for block in stage]
    assert np.prod(strides) == 16  # and the stem


@pytest.mark.parametrize("norm_frozen", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_called_as_it_is_wired(monkeypatch, norm_frozen, training):
    """The layers called one by one, as the functional graph has them."""
    monkeypatch.setattr(module, "STAGES", TINY)
    model = EfficientNetLite(norm_frozen=norm_frozen)
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if weight.path.split("/")[-1] != "kernel":
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    images = rng.uniform(0, 255, (2, 15, 18, 3)).astype("float32")
    graph = keras.Model(model.input, model.output)
    wired, called = (
        ops.convert_to_numpy(network(images, training=training)["P2"])
        for network in (graph, model)
    )
    assert called.shape == (2, 4, 5, 8)
    np.testing.assert_allclose(called, wired, atol=2e-5 * np.abs(wired).max())


def test_frozen_stages_are_those_of_levels():
    model = EfficientNetLite(frozen_stages=2)
    learning = {
        weight.path.split("/")[-2].split("_")[0]
        for weight in model.trainable_weights
    }
    assert learning == {"stack2", "stack3"}
