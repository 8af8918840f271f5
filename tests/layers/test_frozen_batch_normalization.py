import keras
import numpy as np
from keras import ops

from keras_solo.layers import FrozenBatchNormalization
from tests.layer_harness import check_layer


def with_statistics(layer):
    layer.build((None, 1))
    layer.set_weights([np.array([value]) for value in (3.0, 1.0, 2.0, 4.0)])
    return layer


def test_by_hand():
    """(x - 2) / sqrt(4) * 3 + 1, in training too."""
    layer = with_statistics(FrozenBatchNormalization(epsilon=0.0))
    for training in (False, True):
        got = layer(np.float32([[4.0], [2.0]]), training=training)
        assert ops.convert_to_numpy(got).tolist() == [[4.0], [1.0]]


def test_statistics_stay_while_the_scale_learns():
    layer = with_statistics(FrozenBatchNormalization())
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 1)), np.zeros((4, 1)), verbose=0)
    gamma, _, mean, variance = layer.get_weights()
    assert mean == [2.0] and variance == [4.0]
    assert gamma != [3.0]


def test_as_a_layer(tmp_path):
    inputs = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    check_layer(
        FrozenBatchNormalization,
        {"epsilon": 0.1, "momentum": 0.5},
        inputs.astype("float32"),
        folder=tmp_path,
        sides="free",
    )
