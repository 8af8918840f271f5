"""A step that fails leaves the model as it was."""

import keras
import numpy as np
import pytest

from keras_solo._backend.kept_state import keeping_state

of_jax = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="only JAX takes values away"
)


def make_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", loss="mse", metrics=["mae"])
    model.optimizer.build(model.trainable_variables)
    return model


def values(model):
    return [np.array(v) for v in (*model.variables, *model.optimizer.variables)]


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="others")
def test_elsewhere_nothing_is_done():
    assert keeping_state(abs, make_model()) is abs


@of_jax
def test_a_step_is_what_it_was():
    model = make_model()
    step = keeping_state(lambda state, iterator: (iterator, state), model)
    assert step(([], []), 3) == (3, ([], []))
    assert keeping_state(step, model) is step


@of_jax
@pytest.mark.parametrize("kinds", [2, 3, 4])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_step_that_fails(kinds, error):
    """Of predicting, of testing and of training."""
    model = make_model()
    before = values(model)
    groups = [model.trainable_variables, model.non_trainable_variables]
    if kinds == 4:
        groups.append(model.optimizer.variables)
    if kinds > 2:
        groups.append(model.metrics_variables)
    state = tuple([v.value for v in group] for group in groups)
    for group in groups:
        for variable in group:
            variable._value = None

    def fails(state, iterator):
        raise error

    with pytest.raises(error):
        keeping_state(fails, model)(state, None)
    for one, two in zip(before, values(model), strict=True):
        np.testing.assert_array_equal(one, two)


@of_jax
def test_what_was_given_away_is_gone():
    model = make_model()
    kernel, bias = model.trainable_variables
    kept = bias.value
    state = ([kernel.value, kept], [])
    kernel.value.delete()
    kernel._value = bias._value = None

    def fails(state, iterator):
        raise ValueError

    with pytest.raises(ValueError):
        keeping_state(fails, model)(state, None)
    assert kernel._value is None and bias._value is kept
