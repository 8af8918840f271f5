import numpy as np
import pytest
from keras import ops

from keras_solo._backend.batch_normalization import normalize_batch


def normalized(maps, scale, shift, epsilon):
    found = normalize_batch(ops.convert_to_tensor(maps), scale, shift, epsilon)
    return [ops.convert_to_numpy(one) for one in found]


def test_one_number_becomes_the_shift():
    outputs, mean, variance = normalized(
        np.float32([[[[7.0]]]]), np.float32([2]), np.float32([3]), 0.001
    )
    assert (outputs.item(), mean.item(), variance.item()) == (3.0, 7.0, 0.0)


def test_two_channels_by_hand():
    """Of 0 and 4, mean 2 and variance 4; of 1 and 1, variance 0."""
    maps = np.float32([[0, 1], [4, 1]]).reshape(2, 1, 1, 2)
    outputs, mean, variance = normalized(
        maps, np.float32([3, 1]), np.float32([0, 5]), 1e-9
    )
    np.testing.assert_allclose(outputs.reshape(2, 2), [[-3, 5], [3, 5]])
    assert mean.tolist() == [2.0, 1.0]
    assert variance.tolist() == [4.0, 0.0]


@pytest.mark.parametrize("epsilon", [1e-5, 1e-3])
def test_as_the_formula(epsilon):
    rng = np.random.default_rng(0)
    maps = rng.normal(3.0, 2.0, size=(2, 5, 3, 4)).astype("float32")
    scale, shift = rng.normal(size=(2, 4)).astype("float32")
    outputs, mean, variance = normalized(maps, scale, shift, epsilon)
    np.testing.assert_allclose(mean, maps.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(variance, maps.var((0, 1, 2)), rtol=1e-5)
    want = (maps - mean) / np.sqrt(variance + epsilon) * scale + shift
    np.testing.assert_allclose(outputs, want, atol=1e-5)
