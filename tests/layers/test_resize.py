import numpy as np
import pytest
from keras import ops

from keras_solo.layers.resize import (
    BilinearUpsampling,
    resize_bilinear,
    scale_bilinear,
)
from tests.layer_harness import check_layer


@pytest.mark.parametrize(
    "case, resize",
    [
        ("half", lambda x: resize_bilinear(x, (12, 16))),
        ("to40", lambda x: resize_bilinear(x, (40, 40))),
        ("to12", lambda x: resize_bilinear(x, (12, 12))),
        ("up2", lambda x: scale_bilinear(x, 2)),
    ],
)
def test_agrees_with_the_reference(mmdet_cases, case, resize):
    x = mmdet_cases["interp.in"].transpose(0, 2, 3, 1)
    want = mmdet_cases[f"interp.{case}"].transpose(0, 2, 3, 1)
    if case == "half":
        # With a scale factor the reference ignores an odd last row; the sides
        # of our levels are even.
        x, want = x[:, :24, :32], want
    got = ops.convert_to_numpy(resize(x))
    np.testing.assert_allclose(got, want, atol=5e-6)


def test_halving_is_the_mean_of_four():
    x = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    got = ops.convert_to_numpy(scale_bilinear(x, 0.5)).reshape(2, 2)
    np.testing.assert_allclose(got, [[2.5, 4.5], [10.5, 12.5]])


@pytest.mark.parametrize("size", [(3, 4), (10, 14), (7, 5)])
def test_a_size_that_is_a_tensor(size):
    """TensorFlow knows the sides of a canvas only when it runs."""
    x = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype("float32")
    dynamic = tuple(ops.convert_to_tensor(side) for side in size)
    np.testing.assert_allclose(
        ops.convert_to_numpy(resize_bilinear(x, dynamic)),
        ops.convert_to_numpy(resize_bilinear(x, size)),
        atol=2e-6,
    )


def test_as_a_layer(tmp_path):
    inputs = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    inputs = inputs.astype("float32")
    check_layer(BilinearUpsampling, {}, inputs, folder=tmp_path, sides="free")
