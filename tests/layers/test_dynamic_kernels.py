import numpy as np
from keras import ops

from keras_solo.layers import DynamicConvolution, dynamic_convolution
from tests.layer_harness import check_layer


def test_is_a_sum_over_channels():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, 4, 5, 3)).astype("float32")
    kernels = rng.normal(size=(2, 7, 3)).astype("float32")
    want = np.einsum("bhwe,bke->bkhw", features, kernels)
    got = ops.convert_to_numpy(dynamic_convolution(features, kernels))
    np.testing.assert_allclose(got, want, atol=1e-5)


def test_without_a_batch():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(4, 5, 3)).astype("float32")
    kernels = rng.normal(size=(7, 3)).astype("float32")
    want = dynamic_convolution(features[None], kernels[None])[0]
    np.testing.assert_allclose(
        ops.convert_to_numpy(dynamic_convolution(features, kernels)),
        ops.convert_to_numpy(want),
        atol=1e-5,
    )


def test_no_kernels():
    got = dynamic_convolution(np.zeros((1, 2, 2, 3)), np.zeros((1, 0, 3)))
    assert tuple(got.shape) == (1, 0, 2, 2)


def test_as_a_layer(tmp_path):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, 4, 5, 3)).astype("float32")
    kernels = rng.normal(size=(2, 7, 3)).astype("float32")
    check_layer(
        DynamicConvolution,
        {},
        features,
        kernels,
        folder=tmp_path,
        sides="free",
    )
