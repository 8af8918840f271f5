import numpy as np
import pytest
from keras import ops

from keras_solo.layers import Conv2D
from tests.layer_harness import check_layer

NON_DEFAULT = {
    "filters": 6,
    "kernel_size": (3, 5),
    "strides": (2, 1),
}


def test_by_hand():
    """Zeros stand around, and count as zeros."""
    layer = Conv2D(1, kernel_initializer="ones")
    output = layer(np.ones((1, 2, 3, 1), "float32"))
    got = ops.convert_to_numpy(output)[0, :, :, 0]
    np.testing.assert_array_equal(got, [[4, 6, 4], [4, 6, 4]])


@pytest.mark.parametrize("padding", [(1, 2), "same"])
def test_as_a_layer(tmp_path, padding):
    inputs = np.random.default_rng(0).normal(size=(2, 5, 6, 3))
    check_layer(
        Conv2D,
        {**NON_DEFAULT, "padding": padding},
        inputs.astype("float32"),
        folder=tmp_path,
        sides="free",
    )


def test_activation():
    layer = Conv2D(1, 1, padding=0, activation="relu", bias_initializer="ones")
    layer.build((None, 2, 2, 1))
    layer.kernel.assign([[[[-2.0]]]])
    output = layer(np.float32([0, 1]).reshape(1, 1, 2, 1))
    assert ops.convert_to_numpy(output).ravel().tolist() == [1.0, 0.0]


def test_the_order_of_numbers_changes_no_kernel():
    layer = Conv2D(3, (1, 2))
    values = np.arange(12, dtype="float32").reshape(1, 2, 2, 3)
    layer.kernel_initializer = lambda shape, dtype: ops.convert_to_tensor(
        values, dtype
    )
    layer.build((None, 4, 4, 2))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.kernel), values)


@pytest.mark.parametrize("name", ["dilation_rate", "data_format"])
def test_what_it_does_not_take(name):
    with pytest.raises(TypeError, match=name):
        Conv2D(3, **{name: 2})


@pytest.mark.parametrize("padding", [-1, "valid"])
def test_wrong_padding(padding):
    with pytest.raises(ValueError, match="padding"):
        Conv2D(3, padding=padding)


def test_padding_of_unknown_sides():
    layer = Conv2D(4, 3, strides=2, padding="same", groups=4)
    assert layer.compute_output_shape((2, None, 7, 4)) == (2, None, 4, 4)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"activation": "relu"},
        {"strides": 2},
        {"padding": 0},
        {"dtype": "float16"},
    ],
    ids=str,
)
def test_maps_of_several_sizes(changes):
    layer = Conv2D(4, bias_initializer="ones", **changes)
    random = np.random.default_rng(0)
    maps = [
        random.normal(size=(1, *sides, 3)).astype("float32")
        for sides in ((6, 7), (4, 4))
    ]
    layer.build(maps[0].shape)
    for got, features in zip(layer.call_all(maps), maps, strict=True):
        np.testing.assert_allclose(
            ops.convert_to_numpy(got),
            ops.convert_to_numpy(layer(features)),
            atol=1e-6,
        )
