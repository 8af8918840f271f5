import numpy as np
import pytest
from keras import ops

from keras_solo.layers import FeaturePyramid
from keras_solo.layers.feature_pyramid import _enlarge_to
from tests.layer_harness import check_layer


def identity(convolution):
    """A kernel of one channel that takes its middle tap."""
    kernel = np.zeros(convolution.kernel.shape, "float32")
    kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] = 1.0
    convolution.kernel.assign(kernel)


def test_by_hand():
    """The coarser map is enlarged and added; P4 is every second of P3."""
    maps = {
        "P2": np.arange(16, dtype="float32").reshape(1, 4, 4, 1),
        "P3": np.float32([[100, 200], [300, 400]]).reshape(1, 2, 2, 1),
    }
    pyramid = FeaturePyramid(filters=1)
    pyramid.build({name: x.shape for name, x in maps.items()})
    for name in maps:
        identity(getattr(pyramid, f"lateral_{name}"))
        identity(getattr(pyramid, f"output_{name}"))
    found = {
        name: ops.convert_to_numpy(x)[0, :, :, 0]
        for name, x in pyramid(maps).items()
    }
    assert found["P2"].tolist() == [
        [100, 101, 202, 203],
        [104, 105, 206, 207],
        [308, 309, 410, 411],
        [312, 313, 414, 415],
    ]
    assert found["P3"].tolist() == [[100, 200], [300, 400]]
    assert found["P4"].tolist() == [[100]]


@pytest.mark.parametrize("size", [(8, 10), (7, 9)])
def test_nearest_enlargement(size):
    x = np.arange(20, dtype="float32").reshape(1, 4, 5, 1)
    got = ops.convert_to_numpy(_enlarge_to(x, np.zeros((1, *size, 1))))
    rows = np.arange(size[0]) * 4 // size[0]
    columns = np.arange(size[1]) * 5 // size[1]
    np.testing.assert_array_equal(
        got[0, ..., 0], x[0, ..., 0][rows][:, columns]
    )


def test_as_a_layer(tmp_path):
    rng = np.random.default_rng(0)
    maps = {
        f"P{n}": rng.normal(size=(2, 64 >> n, 96 >> n, n)).astype("float32")
        for n in (2, 3, 4)
    }
    check_layer(
        FeaturePyramid,
        {"filters": 8, "num_extra_levels": 2},
        maps,
        folder=tmp_path,
        sides="free",
    )


def test_levels_are_consecutive():
    shape = (None, None, None, 3)
    with pytest.raises(ValueError, match="P2.*P4"):
        FeaturePyramid(8).build({"P2": shape, "P4": shape})
