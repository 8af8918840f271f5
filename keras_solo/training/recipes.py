"""Optimizers and schedules by name, as arguments of `compile`."""

from typing import TypedDict

import keras

from keras_solo.training.coupled_sgd import CoupledSGD
from keras_solo.training.warm_up import WarmUp

REFERENCE_BATCH_SIZE = 16
REFERENCE_LEARNING_RATE = 0.01


class CompileArguments(TypedDict):
    """What a recipe gives to `compile`."""

    optimizer: keras.optimizers.Optimizer


def reference(
    batch_size: int,
    steps_per_epoch: int,
    epochs: int = 12,
    schedule: str = "steps",
    warmup_steps: int = 500,
    learning_rate: float | None = None,
    gradient_accumulation_steps: int = 1,
) -> CompileArguments:
    """How the published SOLOv2 models were trained.

    SGD with momentum 0.9; the learning rate 0.01 of batches of 16, scaled
    linearly to `batch_size`; a linear warm-up from a thousandth of it; then
    steps (a tenth after 2/3 and 11/12 of the epochs: 8 and 11 of 12) or a
    cosine; gradients clipped to a global norm of 35; and 1e-4 of each weight
    added to its gradient.

    Args:
        batch_size: Images of a step, over all devices.
        steps_per_epoch: Steps of an epoch: `len(batches)`.
        epochs: 12 for "1x", 36 for "3x".
        schedule: `"steps"` or `"cosine"`.
        warmup_steps: Steps of the warm-up; at most a tenth of the training.
        learning_rate: Instead of the scaled one.
        gradient_accumulation_steps: Steps whose mean gradient makes one
            update: so many times larger batches, in the memory of one. The
            schedule counts updates, and scales the rate to what one sees.

    Returns:
        Arguments of `SOLOv2.compile`.

    Example:

    >>> arguments = reference(batch_size=8, steps_per_epoch=1000)
    >>> round(float(arguments["optimizer"].learning_rate), 6)
    5e-06

    Source: `schedule_1x.py` and the SOLOv2 configs of MMDetection 3.3.
    """
    if schedule not in ("steps", "cosine"):
        raise ValueError(
            f'Expected schedule "steps" or "cosine". Received: {schedule!r}'
        )
    each = gradient_accumulation_steps
    total = _total_updates(batch_size, steps_per_epoch, epochs, each)
    rate = learning_rate or (
        REFERENCE_LEARNING_RATE * batch_size * each / REFERENCE_BATCH_SIZE
    )
    if schedule == "steps":
        boundaries = [
            round(epochs * part) * steps_per_epoch // each
            for part in (2 / 3, 11 / 12)
        ]
        rates = keras.optimizers.schedules.PiecewiseConstantDecay(
            boundaries, [rate, rate * 0.1, rate * 0.01]
        )
    else:
        rates = keras.optimizers.schedules.CosineDecay(rate, total)
    return {
        "optimizer": CoupledSGD(
            WarmUp(rates, min(warmup_steps, total // 10), 0.001, each),
            momentum=0.9,
            l2=1e-4,
            global_clipnorm=35.0,
            gradient_accumulation_steps=_accumulated(each),
        )
    }


def from_scratch(
    batch_size: int,
    steps_per_epoch: int,
    epochs: int,
    learning_rate: float | None = None,
    ema: bool = True,
    gradient_accumulation_steps: int = 1,
) -> CompileArguments:
    """For models that start from random weights, on little data.

    AdamW, whose steps do not depend on the scale of gradients, with a linear
    warm-up over a twentieth of the training and a cosine to zero; gradients
    clipped to a global norm of 10; optionally the moving average of the
    weights, which evaluates better.

    Args:
        batch_size: Images of a step, over all devices.
        steps_per_epoch: Steps of an epoch: `len(batches)`.
        epochs: Epochs of the training.
        learning_rate: 4e-4 x sqrt(batch_size / 4) by default.
        ema: Whether to keep a moving average of the weights, over about a
            tenth of the training. It replaces them when the training ends.
        gradient_accumulation_steps: Steps whose mean gradient makes one
            update, as in `reference`.

    Returns:
        Arguments of `SOLOv2.compile`.

    Example:

    >>> arguments = from_scratch(batch_size=4, steps_per_epoch=60, epochs=4)
    >>> type(arguments["optimizer"]).__name__
    'AdamW'
    """
    each = gradient_accumulation_steps
    total = _total_updates(batch_size, steps_per_epoch, epochs, each)
    rate = learning_rate or 4e-4 * (batch_size * each / 4) ** 0.5
    rates = keras.optimizers.schedules.CosineDecay(rate, total)
    # A longer memory would still hold the random weights of the beginning.
    momentum = 1.0 - 10.0 / max(total, 20)
    average = {"use_ema": True, "ema_momentum": momentum} if ema else {}
    return {
        "optimizer": keras.optimizers.AdamW(
            WarmUp(rates, max(total // 20, 1), 0.01, each),
            weight_decay=1e-4,
            global_clipnorm=10.0,
            **average,
            gradient_accumulation_steps=_accumulated(each),
        )
    }


def _total_updates(
    batch_size: int, steps_per_epoch: int, epochs: int, each: int
) -> int:
    if min(batch_size, steps_per_epoch, epochs, each) < 1:
        raise ValueError(
            "Expected batch_size, steps_per_epoch, epochs and "
            "gradient_accumulation_steps of at least 1. "
            f"Received: {batch_size}, {steps_per_epoch}, {epochs}, {each}"
        )
    return max(steps_per_epoch * epochs // each, 1)


def _accumulated(each: int) -> int | None:
    """An argument of optimizers; Keras takes no accumulation of one step."""
    return each if each > 1 else None
