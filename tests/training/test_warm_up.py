"""WarmUp: from a fraction of another schedule's rate to all of it."""

import keras
import pytest

from keras_solo.training.warm_up import WarmUp


def constant(rate):
    return keras.optimizers.schedules.PiecewiseConstantDecay([9], [rate, rate])


def test_no_steps():
    assert float(WarmUp(constant(2.0), steps=0, start=0.5)(0)) == 1.0
    assert float(WarmUp(constant(2.0), steps=0, start=0.5)(1)) == 2.0


def test_rises_in_a_line():
    warm_up = WarmUp(constant(2.0), steps=4, start=0.5)
    rates = [float(warm_up(step)) for step in range(6)]
    assert rates == pytest.approx([1.0, 1.25, 1.5, 1.75, 2.0, 2.0])


def test_counts_updates():
    """Of two steps each; what is followed falls at the second update."""
    falling = keras.optimizers.schedules.PiecewiseConstantDecay([1], [2.0, 1.0])
    warm_up = WarmUp(falling, steps=1, start=0.5, each=2)
    rates = [float(warm_up(step)) for step in range(6)]
    assert rates == [1.0, 1.0, 2.0, 2.0, 1.0, 1.0]


def test_config():
    warm_up = WarmUp(constant(2.0), steps=4, start=0.5, each=3)
    config = keras.saving.serialize_keras_object(warm_up)
    assert config["registered_name"] == "keras_solo>WarmUp"
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == warm_up.get_config()
    assert float(again(6)) == 1.5
