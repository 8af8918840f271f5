import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers import Conv2D
from keras_solo.models import backbone_wiring as module
from keras_solo.models.backbone_wiring import BackboneWiring


class Small(BackboneWiring):
    """A stem, and blocks of a convolution, a normalisation and ReLU6."""

    num_blocks = (1, 2)

    def _stem(self, images, training):
        return images

    def _block(self, x, stage, index, training):
        name = f"stack{stage}_block{index}"
        conv = lambda **k: Conv2D(3, **k)  # noqa: E731
        norm = lambda **k: keras.layers.BatchNormalization(**k)  # noqa: E731
        y = self._normalized(x, f"{name}_1", stage, training, conv, norm)
        return self._relu(y, f"{name}_out", f"{name}_add", x, to_six=True)


def small(norm_frozen=False, frozen_stages=0):
    config = {"norm_frozen": norm_frozen, "frozen_stages": frozen_stages}
    wiring = Small(config, keras.dtype_policies.get("float32"))
    images = keras.Input((4, 4, 3))
    return wiring, keras.Model(images, wiring.features(images))


def test_layers_are_made_once_and_called_as_in_the_graph():
    wiring, graph = small()
    made = dict(wiring.layers)
    images = np.random.default_rng(0).uniform(0, 9, (1, 4, 4, 3))
    images = images.astype("float32")
    called = wiring.features(ops.convert_to_tensor(images))
    assert wiring.layers == made and len(made) == 12
    want = graph(images)
    assert set(called) == {"P2", "P3"}
    for name, got in called.items():
        got = ops.convert_to_numpy(got)
        np.testing.assert_allclose(
            got, ops.convert_to_numpy(want[name]), atol=1e-5
        )
        assert got.max() == 6.0


def test_what_is_frozen():
    wiring, graph = small(frozen_stages=1)
    learning = {weight.path.split("_")[0] for weight in graph.trainable_weights}
    assert learning == {"stack1"}


@pytest.mark.parametrize("norm_frozen, count", [(False, 2), (True, 0)])
def test_blocks_again_for_their_gradients(monkeypatch, norm_frozen, count):
    """Each with the statistics that it changes."""
    states = []
    monkeypatch.setattr(
        module, "rematerialized", lambda f, s: states.append(len(s)) or f
    )
    wiring, _ = small(norm_frozen)
    images = ops.ones((1, 4, 4, 3))
    wiring.features(images, training=True)
    assert not states
    wiring.features(images, training=True, remat=True)
    assert states == [count] * 3


def test_a_wiring_must_say_what_it_has():
    class Empty(BackboneWiring):
        num_blocks = (1,)

    empty = Empty({}, keras.dtype_policies.get("float32"))
    for part in (
        lambda: empty._stem(0, None),
        lambda: empty._block(0, 0, 0, 0),
    ):
        with pytest.raises(NotImplementedError):
            part()
