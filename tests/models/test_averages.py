import keras
import numpy as np
import pytest

from keras_solo.models.averages import (
    averages_weights,
    final_weights,
    own_memory,
)


def trained(optimizer):
    """A model of one weight after two steps; its weight and its average."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=optimizer, loss="mse")
    x = np.ones((2, 1), "float32")
    for _ in range(2):
        model.train_on_batch(x, 3 * x)
    return model


def values(model):
    return [w.copy() for w in model.get_weights()]


def averaging(**kwargs):
    return keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5, **kwargs)


class Several:
    """An optimizer that holds several."""

    def __init__(self, *optimizers):
        self.optimizers = optimizers


@pytest.mark.parametrize(
    "optimizer, expected",
    [
        (None, False),
        (keras.optimizers.SGD(), False),
        (averaging(), True),
        (keras.optimizers.LossScaleOptimizer(averaging()), True),
        (keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()), False),
        (Several(keras.optimizers.SGD(), averaging()), True),
        (Several(keras.optimizers.SGD()), False),
    ],
)
def test_who_averages(optimizer, expected):
    assert averages_weights(optimizer) is expected


@pytest.mark.parametrize(
    "wrap", [lambda one: one, keras.optimizers.LossScaleOptimizer]
)
def test_averages_come_and_go(wrap):
    optimizer = wrap(averaging())
    model = trained(optimizer)
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    before = values(model)
    averages = [
        keras.ops.convert_to_numpy(v).copy()
        for v in inner._model_variables_moving_average
    ]
    with final_weights(model):
        inside = values(model)
        # A compiled step may give its weights away here.
        model.predict_on_batch(np.ones((2, 1), "float32"))
    for now, average, was, after in zip(
        inside, averages, before, values(model), strict=True
    ):
        np.testing.assert_array_equal(now, average)
        assert (now != was).any()
        np.testing.assert_array_equal(after, was)
    for now, average in zip(
        inner._model_variables_moving_average, averages, strict=True
    ):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(now), average)
    model.train_on_batch(np.ones((2, 1)), np.ones((2, 1)))


def test_weights_come_back_after_an_error():
    model = trained(averaging())
    before = values(model)
    with pytest.raises(KeyError), final_weights(model):
        raise KeyError
    for after, was in zip(values(model), before, strict=True):
        np.testing.assert_array_equal(after, was)


def test_nothing_happens_without_averages():
    model = trained(keras.optimizers.SGD(0.1))
    before = values(model)
    with final_weights(model):
        inside = values(model)
    np.testing.assert_array_equal(before[0], inside[0])


def test_nothing_happens_without_training():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with final_weights(model):
        pass
    model.compile(optimizer=averaging())
    with final_weights(model):
        pass


def test_own_memory_keeps_values():
    one = keras.Variable([1.0, 2.0])
    other = keras.Variable([0.0, 0.0])
    other.assign(one.value)
    own_memory([other])
    one.assign([5.0, 5.0])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(other), [1.0, 2.0])
