"""find_learning_rate: up to where it fails, and all as it was."""

import keras
import numpy as np
import pytest

from keras_solo.recipes import LayerwiseAdamW, find_learning_rate
from keras_solo.training.find_learning_rate import smoothed
from tests.training.line import flat

TRACES = []


@keras.saving.register_keras_serializable(package="tests")
def squared(truth, output):
    """Its gradient is 2 (w - truth) for inputs of 1: fails beyond rate 1."""
    TRACES.append(1)
    return keras.ops.mean((output - truth) ** 2)


def make_model(optimizer, normalized=False):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    if normalized:
        layers += [
            keras.layers.Dropout(0.5, seed=1),
            keras.layers.BatchNormalization(),
        ]
    model = keras.Sequential([keras.Input((1,)), *layers])
    model.compile(optimizer, loss=squared)
    return model


def batches(*targets):
    one = np.ones((4, 1), "float32")
    return [(one, one * target) for target in targets]


def everything(model):
    variables = [*model.variables, *model.metrics_variables]
    variables += model.optimizer.variables
    return [np.array(keras.ops.convert_to_numpy(v)) for v in variables]


def test_smoothed_by_hand():
    # (0.25 * 4 + 0.5 * 1 + 7) / 1.75
    curve = smoothed([4.0, 1.0, 7.0], 0.5)
    np.testing.assert_allclose(curve, [4.0, 2.0, 8.5 / 1.75])
    assert smoothed([4.0, 1.0], 0.0).tolist() == [4.0, 1.0]


def test_it_rises_until_it_fails():
    """Targets differ by 2, so that no weight has a loss below 1."""
    model = make_model(keras.optimizers.SGD(0.1))
    TRACES.clear()
    found = find_learning_rate(model, batches(9.0, 11.0), 1e-4, 1e4, 41, 0.5)
    np.testing.assert_allclose(found.rates[:3], [1e-4, 10**-3.8, 10**-3.6])
    # By hand: the first weight, then what the first rate made of it.
    assert found.losses[0] == pytest.approx(64.0)
    weight = 1 + 1e-4 * 2 * 8
    assert found.losses[1] == pytest.approx((11 - weight) ** 2, rel=1e-5)
    assert found.diverged and 5 < len(found.rates) < 41
    assert len(found.losses) == len(found.smoothed) == len(found.rates)
    # Beyond a rate of 1 each step overshoots by more than it was off.
    assert 1 < found.rates[-1] < 100
    lowest = found.rates[found.smoothed.argmin()]
    assert found.suggested == pytest.approx(lowest / 10)
    assert 0.01 < found.suggested < 0.2
    # Traced once or twice where steps are compiled, not once a step.
    assert keras.backend.backend() == "torch" or len(TRACES) < 5


def test_all_is_as_it_was():
    """Of a model in the middle of its training, with a bit of everything."""
    optimizer = LayerwiseAdamW(
        0.01, [0.5, None, None], unfreeze_steps=9, use_ema=True,
        ema_momentum=0.5,
    )  # fmt: skip
    model, twin = (make_model(o, True) for o in (optimizer, "adam"))
    twin.compile(LayerwiseAdamW.from_config(optimizer.get_config()), squared)
    for each in (model, twin):
        each.train_on_batch(*batches(3.0)[0])
    before, step = everything(model), model.train_function
    found = find_learning_rate(model, batches(3.0), 1e-3, 1e-1, steps=4)
    assert not found.diverged
    np.testing.assert_allclose(
        found.rates, 10 ** np.linspace(-3, -1, 4), rtol=1e-6
    )
    assert model.optimizer is optimizer and model.train_function is step
    for old, new in zip(before, everything(model), strict=True):
        np.testing.assert_array_equal(old, new)
    # And the training goes on as it would have.
    for each in (model, twin):
        for _ in range(3):
            each.train_on_batch(*batches(3.0)[0])
    np.testing.assert_array_equal(flat(model), flat(twin))


def test_a_loss_that_is_no_number_is_its_end():
    rows = [*batches(2.0, 3.0), *batches(np.nan)]
    model = make_model(keras.optimizers.SGD(0.1))
    weights = flat(model)
    found = find_learning_rate(model, rows, steps=9)
    assert found.diverged and len(found.rates) == 2
    with pytest.raises(ValueError, match="at a learning rate of 1e-06"):
        find_learning_rate(model, batches(np.nan), steps=9)
    np.testing.assert_array_equal(flat(model), weights)


def test_scaled_losses():
    inner = keras.optimizers.SGD(0.1, momentum=0.9)
    scaled = keras.optimizers.LossScaleOptimizer(inner, initial_scale=8.0)
    model = make_model(scaled)
    found = find_learning_rate(model, batches(2.0), 1e-3, 1e-2, steps=3)
    assert model.optimizer is scaled
    assert found.losses[-1] < found.losses[0] == pytest.approx(1.0)
    assert found.plot().size == (432, 624)


@pytest.mark.parametrize(
    "given, words",
    [
        ({"lowest": 0.0}, "0 < lowest"),
        ({"highest": 1e-7}, "0 < lowest < highest"),
        ({"steps": 1}, "2 steps"),
        ({"smoothing": 1.0}, "below 1"),
        ({"batches": []}, "at least one batch"),
    ],
)
def test_wrong_arguments(given, words):
    model = make_model("sgd")
    with pytest.raises(ValueError, match=words):
        find_learning_rate(model, **{"batches": batches(1.0), **given})


def test_no_optimizer():
    with pytest.raises(ValueError, match="compile it"):
        find_learning_rate(keras.Sequential(), batches(1.0))
