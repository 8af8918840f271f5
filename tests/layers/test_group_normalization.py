import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers import GroupNormalization
from tests.layer_harness import check_layer


def test_by_hand():
    """Two groups of two channels: 0, 2 and 4, 4."""
    norm = GroupNormalization(groups=2, epsilon=0.0625)
    output = norm(np.float32([0, 2, 4, 4]).reshape(1, 1, 1, 4))
    got = ops.convert_to_numpy(output).ravel()
    third = 1 / np.sqrt(1.0625)
    np.testing.assert_allclose(got, [-third, third, 0, 0], rtol=1e-6)


@pytest.mark.parametrize("groups", [1, 4, 8])
def test_as_kerass(groups):
    rng = np.random.default_rng(0)
    inputs = rng.normal(3.0, 2.0, (2, 5, 6, 8)).astype("float32")
    ours = GroupNormalization(groups, epsilon=1e-5)
    theirs = keras.layers.GroupNormalization(groups, epsilon=1e-5)
    for norm in (ours, theirs):
        norm.build(inputs.shape)
        norm.gamma.assign(np.linspace(-1, 2, 8))
        norm.beta.assign(np.linspace(0, 1, 8))
    np.testing.assert_allclose(
        ops.convert_to_numpy(ours(inputs)),
        ops.convert_to_numpy(theirs(inputs)),
        atol=1e-5,
    )


@pytest.mark.parametrize(
    "arguments, shape",
    [
        ({"center": False}, (2, 3, 4, 8)),
        ({"scale": False}, (2, 3, 4, 8)),
        ({"axis": 1}, (2, 8, 3, 4)),
        ({}, (2, 5, 8)),
        ({}, (2, 8)),
        ({"groups": -1}, (2, 3, 4, 8)),
    ],
)
def test_all_that_keras_takes(arguments, shape):
    inputs = np.random.default_rng(0).normal(size=shape).astype("float32")
    arguments = {"groups": 4, **arguments}
    got, want = (
        ops.convert_to_numpy(kind(**arguments)(inputs))
        for kind in (GroupNormalization, keras.layers.GroupNormalization)
    )
    np.testing.assert_allclose(got, want, atol=1e-5)


def test_as_a_layer(tmp_path):
    inputs = np.random.default_rng(0).normal(size=(2, 5, 6, 32))
    check_layer(
        GroupNormalization,
        {},
        inputs.astype("float32"),
        folder=tmp_path,
        sides="free",
    )
