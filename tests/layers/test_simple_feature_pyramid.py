import numpy as np
import pytest
from keras import ops

from keras_solo.layers import SimpleFeaturePyramid, tokens_to_map
from tests.layer_harness import check_layer


def test_tokens_become_a_map():
    """One class token, then two rows of three patches."""
    tokens = np.float32([[[9], [0], [1], [2], [3], [4], [5]]])
    found = ops.convert_to_numpy(tokens_to_map(tokens, (2, 3)))
    assert found[0, :, :, 0].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_too_few_tokens():
    with pytest.raises(ValueError, match="at least 6 tokens .* Received: 5"):
        tokens_to_map(np.zeros((1, 5, 4), "float32"), (2, 3))


def test_by_hand():
    features = np.arange(4, dtype="float32").reshape(1, 2, 2, 1)
    pyramid = SimpleFeaturePyramid()
    pyramid.build(features.shape)
    pyramid.twofold.kernel.assign(np.ones((2, 2, 1, 1), "float32"))
    found = {
        name: ops.convert_to_numpy(x)[0, :, :, 0]
        for name, x in pyramid(features).items()
    }
    assert found["P2"].shape == (8, 8)
    assert found["P3"].tolist() == [
        [0, 0, 1, 1],
        [0, 0, 1, 1],
        [2, 2, 3, 3],
        [2, 2, 3, 3],
    ]
    assert found["P4"].tolist() == [[0, 1], [2, 3]]
    assert found["P5"].tolist() == [[3]]


def test_it_is_a_layer(tmp_path):
    features = np.random.default_rng(0).normal(size=(2, 2, 4, 8))
    check_layer(
        SimpleFeaturePyramid, {}, features.astype("float32"), folder=tmp_path
    )
