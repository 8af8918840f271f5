"""CoupledSGD: PyTorch's weight decay, step by step."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.training.coupled_sgd import CoupledSGD


@pytest.mark.parametrize("clip", [None, 0.5])
def test_coupled_l2_is_pytorchs(clip):
    """Momentum sees the decay, and the clipping does not."""
    rng = np.random.default_rng(0)
    weight = rng.normal(size=5).astype("float32")
    variable = keras.Variable(weight)
    optimizer = CoupledSGD(0.1, l2=0.01, momentum=0.9, global_clipnorm=clip)
    momentum = np.zeros(5)
    for _ in range(4):
        gradient = rng.normal(size=5).astype("float32")
        optimizer.apply([ops.convert_to_tensor(gradient)], [variable])
        if clip:
            gradient = gradient * min(1, clip / np.linalg.norm(gradient))
        # PyTorch: g += l2 w; v = 0.9 v + g; w -= lr v
        momentum = 0.9 * momentum + gradient + 0.01 * weight
        weight = weight - 0.1 * momentum
    np.testing.assert_allclose(
        ops.convert_to_numpy(variable), weight, rtol=1e-5
    )


def test_config():
    optimizer = CoupledSGD(0.1, l2=0.01, momentum=0.9, name="mine")
    config = keras.saving.serialize_keras_object(optimizer)
    assert config["registered_name"] == "keras_solo>CoupledSGD"
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == optimizer.get_config()
    assert again.l2 == 0.01 and again.momentum == 0.9
