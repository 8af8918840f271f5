import numpy as np
import pytest
from keras import ops

from keras_solo.layers import ConvBlock
from tests.layer_harness import check_layer

NON_DEFAULT = {
    "filters": 8,
    "kernel_size": 1,
    "groups": 4,
    "deformable": True,
    "kernel_initializer": "ones",
}


def test_by_hand():
    """Convolution, normalisation over all pixels of a group, ReLU."""
    block = ConvBlock(2, kernel_size=1, groups=1)
    block.build((None, None, None, 1))
    block.conv.kernel.assign(np.float32([[[[1, -1]]]]))
    inputs = np.float32([0, 2]).reshape(1, 1, 2, 1)
    # 0, 0, 2, -2: mean 0, variance 2.
    got = ops.convert_to_numpy(block(inputs))
    want = [[0, 0], [2 / np.sqrt(2 + 1e-5), 0]]
    np.testing.assert_allclose(got[0, 0], want, rtol=1e-6)


@pytest.mark.parametrize("deformable", [False, True])
def test_the_size_stays(deformable):
    block = ConvBlock(4, groups=2, deformable=deformable)
    output = block(np.zeros((1, 5, 6, 3), "float32"))
    assert tuple(output.shape) == (1, 5, 6, 4)
    assert not block.conv.use_bias


def test_as_a_layer(tmp_path):
    inputs = np.random.default_rng(0).normal(size=(2, 5, 6, 3))
    check_layer(
        ConvBlock,
        NON_DEFAULT,
        inputs.astype("float32"),
        folder=tmp_path,
        sides="free",
    )


def test_the_initializer_comes_back():
    block = ConvBlock(8, groups=4, kernel_initializer="ones")
    again = ConvBlock.from_config(block.get_config())
    again.build((None, 4, 4, 2))
    np.testing.assert_array_equal(ops.convert_to_numpy(again.conv.kernel), 1.0)


def test_groups_divide_filters():
    with pytest.raises(ValueError, match="groups=3, filters=8"):
        ConvBlock(8, groups=3)
    with pytest.raises(ValueError, match="groups=0, filters=8"):
        ConvBlock(8, groups=0)
