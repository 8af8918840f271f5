"""The same training in less memory."""

import os

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import ResNet
from keras_solo.models import rematerialized as module
from keras_solo.models.rematerialized import changing, rematerialized

# XLA in a hurry (tests/conftest.py) adds the two in different orders.
HURRY = keras.backend.backend() == "jax" and os.environ.get("XLA_FLAGS")
RELATIVE = 1e-5 if HURRY else 1e-7


class Learner(keras.Model):
    """A small ResNet whose running statistics learn, and dropout behind it."""

    def __init__(self, remat):
        super().__init__()
        self.remat = remat
        self.backbone = ResNet(
            block="basic", num_blocks=(1, 1), filters=(4, 8), stem_filters=4
        )
        self.dropout = keras.layers.Dropout(0.5, seed=1)

    def call(self, images, training=None):
        maps = self.backbone(images, training=training, remat=self.remat)

        def dropped(x):
            return ops.square(self.dropout(x, training=training))

        if self.remat:
            dropped = rematerialized(dropped, changing([self.dropout]))
        return dropped(maps["P3"])


def test_same_losses_gradients_statistics_and_random_numbers():
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    found = []
    for remat in (False, True):
        keras.utils.set_random_seed(0)
        model = Learner(remat)
        model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
        truth = np.zeros((2, 4, 4, 8), "float32")
        losses = [float(model.train_on_batch(images, truth)) for _ in "ab"]
        found.append((losses, model.get_weights()))
    (losses, weights), (others, other_weights) = found
    assert losses == pytest.approx(others, rel=1e-5)
    for one, other in zip(weights, other_weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=RELATIVE)


def test_state_changes_once():
    norm = keras.layers.BatchNormalization(momentum=0.5)
    norm.build((None, 2))
    state = changing([norm])
    assert len(state) == 2
    inputs = ops.convert_to_tensor(np.float32([[1.0, 2.0], [3.0, 6.0]]))
    layer = rematerialized(lambda x: norm(x, training=True), state)
    outputs = ops.convert_to_numpy(layer(inputs))
    np.testing.assert_allclose(outputs, [[-1, -1], [1, 1]], atol=1e-2)
    mean = ops.convert_to_numpy(norm.moving_mean)
    np.testing.assert_allclose(mean, [1.0, 2.0])


@pytest.mark.parametrize("ours", [True, False])
def test_all_of_the_network_in_training_alone(
    make_model, tiny_batch, monkeypatch, ours
):
    """Four blocks, or a backbone that is not ours; pyramid, two heads."""
    pieces = []
    # Without doing it: compiling each piece by itself takes long on JAX.
    monkeypatch.setattr(
        module, "rematerialize", lambda f: pieces.append(1) or f
    )
    arguments = {}
    if not ours:
        backbone = make_model().backbone
        arguments["backbone"] = keras.Model(backbone.input, backbone.output)
    model = make_model(**arguments)
    images = tiny_batch[0].astype("float32")
    want = model(images, training=True)
    model.compile(remat=True)
    model(images, training=False)
    assert not pieces
    got = model(images, training=True)
    assert len(pieces) == (7 if ours else 4)
    for name, value in want.items():
        np.testing.assert_allclose(
            *map(ops.convert_to_numpy, (got[name], value)), atol=1e-5
        )


def test_it_is_a_choice_of_compile_and_saved(tiny_model, tmp_path):
    assert not tiny_model.remat
    tiny_model.compile(remat=True)
    tiny_model.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras").remat
    tiny_model.compile()
    assert not tiny_model.remat


def test_remat_is_no_mode(tiny_model):
    """As `keras.RematScope` has them."""
    with pytest.raises(ValueError, match="True or False.*'full'"):
        tiny_model.compile(remat="full")
