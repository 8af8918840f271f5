import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers.initializers import ScaledRandom, fresh
from tests.layer_harness import check_config

SHAPE = (3, 3, 64, 128)


@pytest.mark.parametrize(
    "arguments, deviation",
    [
        ({"stddev": 0.01}, 0.01),
        ({"mode": "fan_in"}, (2 / (9 * 64)) ** 0.5),
        ({"mode": "fan_out"}, (2 / (9 * 128)) ** 0.5),
        (
            {"scale": 1.0, "mode": "fan_avg", "uniform": True},
            (1 / (9 * 96)) ** 0.5,
        ),
    ],
)
def test_deviation(arguments, deviation):
    values = ops.convert_to_numpy(ScaledRandom(seed=1, **arguments)(SHAPE))
    assert values.dtype == "float32"
    assert values.std() == pytest.approx(deviation, rel=0.02)
    assert abs(values.mean()) < 0.02 * deviation


def test_the_global_seed_decides():
    def draw():
        keras.utils.set_random_seed(5)
        return ops.convert_to_numpy(ScaledRandom()((2, 3)))

    first = draw()
    np.testing.assert_array_equal(first, draw())
    np.testing.assert_allclose(
        first[0, :2],
        ops.convert_to_numpy(ScaledRandom(seed=668835602)((2, 3)))[0, :2],
    )


def test_fresh_draws_other_numbers():
    one = ScaledRandom(seed=1)
    two = fresh(one)
    assert two.seed != one.seed and two.scale == one.scale
    zeros = keras.initializers.Zeros()
    assert fresh(zeros) is zeros


def test_mode():
    with pytest.raises(ValueError, match="fan_in"):
        ScaledRandom(mode="fan")


def test_config():
    check_config(
        ScaledRandom,
        {
            "stddev": 0.5,
            "scale": 1.0,
            "mode": "fan_out",
            "uniform": True,
            "seed": 3,
        },
    )
