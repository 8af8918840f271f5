import numpy as np
from keras import ops

from keras_solo._backend.group_moments import normalize_groups


def test_two_groups():
    """Of 0 and 2, mean 1 and variance 1; of 4 and 4, variance 0."""
    maps = ops.reshape(ops.array([0.0, 2.0, 4.0, 4.0]), (1, 1, 1, 4))
    scale, shift = np.float32([1, 3, 1, 1]), np.float32([0, 0, 5, 6])
    got = normalize_groups(maps, 2, scale, shift, 1e-9)
    want = [[[[-1.0, 3.0, 5.0, 6.0]]]]
    np.testing.assert_allclose(ops.convert_to_numpy(got), want, atol=1e-6)


def test_each_image_has_moments_of_its_own():
    maps = ops.reshape(ops.array([0.0, 2.0, 10.0, 30.0]), (2, 2, 1, 1))
    got = normalize_groups(maps, 1, np.float32([1]), np.float32([0]), 0.0)
    want = [-1.0, 1.0, -1.0, 1.0]
    np.testing.assert_allclose(
        ops.convert_to_numpy(got).ravel(), want, atol=1e-6
    )
