import keras
import numpy as np
from keras import ops

from keras_solo.layers import CoordConcat, coord_concat


def test_x_comes_first_and_ends_are_included():
    output = ops.convert_to_numpy(
        coord_concat(np.ones((1, 2, 3, 1), "float32"))
    )
    np.testing.assert_allclose(output[0, :, :, 1], [[-1, 0, 1], [-1, 0, 1]])
    np.testing.assert_allclose(output[0, :, :, 2], [[-1] * 3, [1] * 3])
    np.testing.assert_allclose(output[..., 0], 1)


def test_a_single_position():
    output = ops.convert_to_numpy(
        coord_concat(np.zeros((1, 1, 1, 1), "float32"))
    )
    np.testing.assert_allclose(output[0, 0, 0], [0, -1, -1])


def test_agrees_with_the_reference(mmdet_cases):
    want = mmdet_cases["coordfeat.5x7"].transpose(0, 2, 3, 1)
    got = coord_concat(np.zeros((2, 5, 7, 3), "float32"))
    np.testing.assert_allclose(
        ops.convert_to_numpy(got)[..., 3:], want, atol=2e-7
    )


def test_symbolic_shape_with_unknown_sides():
    output = CoordConcat()(keras.Input((None, None, 4)))
    assert output.shape == (None, None, None, 6)


def test_half_precision():
    output = CoordConcat(dtype="mixed_float16")(np.zeros((1, 3, 5, 2)))
    assert keras.backend.standardize_dtype(output.dtype) == "float16"
