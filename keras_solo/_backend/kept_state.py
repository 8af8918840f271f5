"""A model's state, kept where a step that fails would lose it."""

import functools
from collections.abc import Callable
from typing import Any

import keras

Step = Callable[..., Any]


def keeping_state(step: Step, model: keras.Model) -> Step:
    """A compiled step that gives the model its state back when it fails.

    Keras's JAX trainer takes the values out of a model's variables before the
    first step of an epoch, and puts them back when the epoch is over. If that
    step fails, or is interrupted while it is compiled, they are lost, and the
    model is of no use any more. Elsewhere the step comes back as it is.

    Args:
        step: What `make_train_function`, or that of `test` or `predict`, made.
        model: Whose step it is.

    Returns:
        The step to call.
    """
    if keras.backend.backend() != "jax" or hasattr(step, "keeps_state"):
        return step

    @functools.wraps(step)
    def keeping(state: tuple[list[Any], ...], iterator: Any) -> Any:
        try:
            return step(state, iterator)
        except BaseException:
            _put_back(model, state)
            raise

    keeping.keeps_state = True  # type: ignore[attr-defined]
    return keeping


def _put_back(model: keras.Model, state: tuple[list[Any], ...]) -> None:
    """Of a step of training, of testing, or of predicting."""
    kinds = [model.trainable_variables, model.non_trainable_variables]
    if len(state) == 4:
        kinds.append(model.optimizer.variables)
    if len(state) > 2:
        kinds.append(model.metrics_variables)
    for variables, values in zip(kinds, state, strict=True):
        for variable, value in zip(variables, values, strict=True):
            # What was given away to the step is gone.
            if not value.is_deleted():
                variable._value = value
