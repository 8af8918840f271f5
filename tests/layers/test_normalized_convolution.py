import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers import Conv2D, DeformableConv2D, FrozenBatchNormalization
from keras_solo.layers.normalized_convolution import convolve_and_normalize

LARGE, SMALL = (1, 16, 16, 4), (1, 2, 2, 4)


def layers(conv_class=Conv2D, norm_class=FrozenBatchNormalization):
    rng = np.random.default_rng(0)
    conv = conv_class(6, 3, padding=1, use_bias=False)
    norm = norm_class(epsilon=1e-5)
    conv.build((None, None, None, 4))
    norm.build((None, None, None, 6))
    for weight in norm.weights:
        weight.assign(rng.uniform(0.5, 1.5, 6))
    return conv, norm


def inputs(shape):
    values = np.random.default_rng(1).normal(size=shape)
    return ops.convert_to_tensor(values, "float32")


@pytest.mark.parametrize("shape", [LARGE, SMALL])
@pytest.mark.parametrize("training", [False, True])
def test_as_one_after_the_other(shape, training):
    conv, norm = layers()
    np.testing.assert_allclose(
        ops.convert_to_numpy(
            convolve_and_normalize(conv, norm, inputs(shape), training)
        ),
        ops.convert_to_numpy(norm(conv(inputs(shape)))),
        atol=1e-5,
    )


@pytest.mark.parametrize("shape, folded", [(LARGE, True), (SMALL, False)])
def test_folded_where_the_kernel_is_smaller(monkeypatch, shape, folded):
    """216 weights; 1,536 or 24 outputs. A folded layer is not called."""
    conv, norm = layers()
    calls = []
    monkeypatch.setattr(conv, "call", lambda x: calls.append(1) or x[..., :1])
    monkeypatch.setattr(norm, "call", lambda x, **_: 1 / 0)
    convolve_and_normalize(conv, norm, inputs(shape))
    assert bool(calls) is not folded


@pytest.mark.parametrize(
    "conv_class, norm_class, training",
    [
        (Conv2D, keras.layers.BatchNormalization, True),
        (DeformableConv2D, FrozenBatchNormalization, False),
    ],
)
def test_what_is_not_fixed_is_not_folded(
    monkeypatch, conv_class, norm_class, training
):
    conv, norm = layers(conv_class, norm_class)
    calls, call = [], norm.call
    monkeypatch.setattr(
        norm, "call", lambda *a, **k: calls.append(1) or call(*a, **k)
    )
    convolve_and_normalize(conv, norm, inputs(LARGE), training)
    assert calls


def test_statistics_are_learned_as_before():
    conv, norm = layers(norm_class=keras.layers.BatchNormalization)
    before = ops.convert_to_numpy(norm.moving_mean)
    convolve_and_normalize(conv, norm, inputs(LARGE), training=True)
    assert (before != ops.convert_to_numpy(norm.moving_mean)).any()
    again = ops.convert_to_numpy(norm.moving_mean)
    convolve_and_normalize(conv, norm, inputs(LARGE), training=False)
    np.testing.assert_array_equal(again, ops.convert_to_numpy(norm.moving_mean))
