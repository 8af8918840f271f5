import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers import BatchNormalization
from tests.layer_harness import check_layer


def test_by_hand():
    """Of 1 and 3, mean 2 and variance 1; half of that is kept."""
    norm = BatchNormalization(epsilon=0.0, momentum=0.5)
    maps = np.float32([1, 3]).reshape(2, 1, 1, 1)
    got = ops.convert_to_numpy(norm(maps, training=True))
    assert got.ravel().tolist() == [-1.0, 1.0]
    *_, mean, variance = norm.get_weights()
    assert mean == [1.0] and variance == [1.0]
    got = ops.convert_to_numpy(norm(maps, training=False))
    assert got.ravel().tolist() == [0.0, 2.0]


SHAPES = {
    "maps": ((2, 3, 5, 4), {}),
    "rows": ((6, 4), {}),
    "first axis of channels": ((2, 4, 3, 5), {"axis": 1}),
    "no scale": ((2, 3, 5, 4), {"scale": False}),
    "fixed": ((2, 3, 5, 4), {"trainable": False}),
    "one number": ((1, 1, 1, 4), {}),
}


@pytest.mark.parametrize("case", SHAPES)
def test_a_step_is_that_of_keras(case):
    """Outputs, weights after a step of training, and statistics."""
    shape, options = SHAPES[case]
    rng = np.random.default_rng(0)
    inputs, wanted = rng.normal(1.0, 2.0, (2, *shape)).astype("float32")
    found = []
    for kind in (BatchNormalization, keras.layers.BatchNormalization):
        layers = [
            keras.layers.Dense(shape[-1]),
            kind(momentum=0.7, **options),
        ]
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input(shape[1:]), *layers])
        model.compile(keras.optimizers.SGD(0.5), "mse")
        loss = model.train_on_batch(inputs, wanted)
        found.append([loss, model.predict(inputs, verbose=0)])
        found[-1] += model.get_weights()
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_gradients_of_maps():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(2, 6, 5, 3)).astype("float32")
    wanted = rng.normal(size=(2, 6, 5, 4)).astype("float32")
    kernels = []
    for kind in (BatchNormalization, keras.layers.BatchNormalization):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [keras.Input((6, 5, 3)), keras.layers.Conv2D(4, 1), kind()]
        )
        model.compile(keras.optimizers.SGD(1.0), "mse")
        before = model.get_weights()[0]
        model.train_on_batch(inputs, wanted)
        kernels.append(before - model.get_weights()[0])
    np.testing.assert_allclose(*kernels, atol=1e-5)
    assert np.abs(kernels[0]).max() > 0.01


def test_as_a_layer(tmp_path):
    inputs = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    check_layer(
        BatchNormalization,
        {"epsilon": 0.1, "momentum": 0.5},
        inputs.astype("float32"),
        folder=tmp_path,
        sides="free",
    )
