import numpy as np
import pytest
from keras import ops

from keras_solo.losses import ChannelDivergence, channel_divergence
from tests.layer_harness import check_loss


def maps(*rows):
    """`(1, 1, places, channels)`, a row a channel."""
    return np.float32(rows).T[None, None]


def test_equal_but_for_an_offset_is_zero():
    features = maps([1, 2, 3, 9], [0, 0, 0, 0])
    got = channel_divergence(features, features + 5)
    np.testing.assert_allclose(ops.convert_to_numpy(got), [[0, 0]], atol=1e-6)


def test_by_hand():
    teacher = maps(np.log([3, 1]), np.log([1, 1]))
    student = maps(np.log([1, 1]), np.log([1, 4]))
    first = 0.75 * np.log(0.75 / 0.5) + 0.25 * np.log(0.25 / 0.5)
    second = 0.5 * np.log(0.5 / 0.2) + 0.5 * np.log(0.5 / 0.8)
    got = channel_divergence(teacher, student)
    np.testing.assert_allclose(
        ops.convert_to_numpy(got), [[first, second]], rtol=1e-5
    )
    # At T = 2 roots of the odds count, four times.
    odds = np.sqrt(3) / (1 + np.sqrt(3))
    warm = odds * np.log(2 * odds) + (1 - odds) * np.log(2 * (1 - odds))
    got = channel_divergence(teacher, student, temperature=2.0)
    assert float(got[0, 0]) == pytest.approx(4 * warm, rel=1e-4)


def test_half_precision_counts_large_maps():
    teacher = np.zeros((1, 300, 400, 1), "float32")
    teacher[0, 7, 9] = 20.0
    got = channel_divergence(
        ops.cast(teacher, "float16"), ops.zeros(teacher.shape, "float16")
    )
    assert float(got[0, 0]) == pytest.approx(np.log(120_000), rel=1e-2)


def test_what_cannot_be():
    with pytest.raises(ValueError, match="one shape.*teacher.*student"):
        channel_divergence(np.zeros((1, 2, 2, 3)), np.zeros((1, 2, 2, 4)))
    with pytest.raises(ValueError, match="temperature above 0.*=0"):
        ChannelDivergence(temperature=0)


def test_as_a_loss(tmp_path):
    rng = np.random.default_rng(0)
    check_loss(
        ChannelDivergence,
        {
            "temperature": 2.0,
            "reduction": "none",
            "name": "mine",
            "dtype": "float64",
        },
        rng.normal(size=(2, 3, 4, 5)).astype("float32"),
        rng.normal(size=(2, 3, 4, 5)).astype("float32"),
        folder=tmp_path,
    )
