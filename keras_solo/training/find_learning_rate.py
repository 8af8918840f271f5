"""A learning rate, found by letting it rise until training fails."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterator
from typing import Protocol

import keras
import numpy as np

from keras_solo._tensor import Tensor
from keras_solo.models.averages import copied
from keras_solo.visualization import Picture, draw_learning_rates

# Where training fails: so many times the lowest loss.
DIVERGED = 4.0
# The rate of the lowest loss is on the brink; this part of it is not.
SAFE = 0.1


class IndexedBatches(Protocol):
    """What is asked of batches here: `Batches`, or a list of pairs."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> tuple[Tensor, Tensor]: ...


@dataclasses.dataclass(frozen=True)
class LearningRates:
    """The loss at each learning rate, and the rate to take.

    Attributes:
        rates: `(N,)` learning rates, rising.
        losses: `(N,)` losses, one a step, each before its rate is applied.
        smoothed: `(N,)`, their moving average.
        suggested: A tenth of the rate at which `smoothed` is lowest.
        diverged: Whether the loss grew out of bounds in the end. If not,
            `highest` was too low to say much.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggested: float
    diverged: bool

    def plot(self) -> Picture:
        """Draws loss over learning rate; needs `keras-solo[plot]`."""
        return draw_learning_rates(
            self.rates, self.losses, self.smoothed, self.suggested
        )


def find_learning_rate(
    model: keras.Model,
    batches: IndexedBatches,
    lowest: float = 1e-6,
    highest: float = 1.0,
    steps: int = 100,
    smoothing: float = 0.9,
) -> LearningRates:
    """Trains for some steps at a rate that rises, and looks at the loss.

    The rate rises by the same factor from step to step, from `lowest` to
    `highest`, and ends early where the smoothed loss is no number or more than
    four times its lowest. Suggested is a tenth of the rate at which it was
    lowest. It is a place to begin, and depends on the batches' size and order.

    The optimizer is one like the model's with another learning rate, without
    average of weights and without waiting for `unfreeze_steps`. Afterwards
    weights, statistics, seeds of layers and metrics are, bit for bit, what
    they were, and so is the model's own optimizer. One step is compiled, as
    for a training.

    Args:
        model: Compiled.
        batches: `Batches`, or a list of (images, targets), taken in turn and
            from the first again when they are used up.
        lowest: The first rate.
        highest: The last rate.
        steps: Steps from the first to the last.
        smoothing: What a step keeps of the moving average, 0 to 1.

    Returns:
        `LearningRates`: `rates`, `losses`, `suggested`, and a `plot()`.

    Raises:
        ValueError: If rates or steps cannot be, if there are no batches or no
            optimizer, or if the first loss is no number.

    Example:

    ```python
    batches = train.batches(model.preprocessor, 4, augment=True)
    model.compile(**keras_solo.recipes.fine_tune(model, 4, len(batches), 12))
    found = keras_solo.recipes.find_learning_rate(model, batches)
    found.plot().save("rates.png")
    arguments = keras_solo.recipes.fine_tune(
        model, 4, len(batches), 12, learning_rate=found.suggested
    )
    ```

    Source: L. N. Smith, Cyclical Learning Rates (arXiv:1506.01186); the factor
    of ten is the rule of thumb of fastai's finder.
    """
    _check(model, batches, lowest, highest, steps, smoothing)
    schedule = keras.optimizers.schedules.ExponentialDecay(
        lowest, steps - 1, highest / lowest
    )
    losses: list[float] = []
    diverged = False
    with _borrowed(model, schedule):
        while len(losses) < steps and not diverged:
            images, targets = batches[len(losses) % len(batches)]
            model.reset_metrics()
            logs = model.train_on_batch(images, targets, return_dict=True)
            losses.append(float(logs["loss"]))
            diverged = _diverged(losses, smoothing)
    return _result(losses, lowest, highest / lowest, steps, smoothing, diverged)


def smoothed(losses: list[float], smoothing: float) -> np.ndarray:
    """The moving average, without the pull of a zero before the first.

    Args:
        losses: One a step, at least one.
        smoothing: What a step keeps of the average.

    Example:

    >>> smoothed([4.0, 1.0], 0.5).tolist()
    [4.0, 2.0]
    """
    weights = smoothing ** np.arange(len(losses))
    sums = np.convolve(losses, weights)[: len(losses)]
    return np.asarray(sums / np.cumsum(weights))


def _diverged(losses: list[float], smoothing: float) -> bool:
    if not math.isfinite(losses[-1]):
        return True
    curve = smoothed(losses, smoothing)
    return bool(curve[-1] > DIVERGED * curve.min())


def _result(
    losses: list[float],
    lowest: float,
    factor: float,
    steps: int,
    smoothing: float,
    diverged: bool,
) -> LearningRates:
    known = [loss for loss in losses if math.isfinite(loss)]
    if not known:
        raise ValueError(
            f"Expected a loss that is a number at a learning rate of {lowest}. "
            f"Received: {losses[0]}"
        )
    rates = lowest * factor ** (np.arange(len(known)) / (steps - 1))
    curve = smoothed(known, smoothing)
    suggested = float(SAFE * rates[curve.argmin()])
    return LearningRates(rates, np.array(known), curve, suggested, diverged)


# === The model, borrowed ===


@contextlib.contextmanager
def _borrowed(
    model: keras.Model,
    schedule: keras.optimizers.schedules.LearningRateSchedule,
) -> Iterator[None]:
    """Another optimizer for the time of a `with`; then all is as it was."""
    own, step = model.optimizer, model.train_function
    variables = [*model.variables, *model.metrics_variables]
    kept = [copied(variable) for variable in variables]
    try:
        model.optimizer = _like(own, schedule)
        model.train_function = None
        yield
    finally:
        model.optimizer, model.train_function = own, step
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)


def _like(
    optimizer: keras.optimizers.Optimizer,
    schedule: keras.optimizers.schedules.LearningRateSchedule,
) -> keras.optimizers.Optimizer:
    """One of the same kind at other rates, without what takes its time."""
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:  # a LossScaleOptimizer
        return keras.optimizers.LossScaleOptimizer(_like(inner, schedule))
    config = {**optimizer.get_config(), "learning_rate": schedule}
    config["use_ema"] = False
    if "unfreeze_steps" in config:
        config["unfreeze_steps"] = 0
    return type(optimizer).from_config(config)


def _check(
    model: keras.Model,
    batches: IndexedBatches,
    lowest: float,
    highest: float,
    steps: int,
    smoothing: float,
) -> None:
    if not 0 < lowest < highest or steps < 2 or not 0 <= smoothing < 1:
        raise ValueError(
            "Expected 0 < lowest < highest, at least 2 steps, and smoothing "
            f"from 0 to below 1. Received: {lowest}, {highest}, {steps}, "
            f"{smoothing}"
        )
    if not len(batches):
        raise ValueError("Expected at least one batch. Received: none")
    if getattr(model, "optimizer", None) is None:
        raise ValueError("Expected a model with an optimizer: compile it first")
