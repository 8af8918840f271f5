"""Optimizers and schedules by name, as arguments of `compile`."""

from typing import Any, TypedDict

import keras

from keras_solo.models.solov2 import SOLOv2
from keras_solo.training.coupled_sgd import CoupledSGD
from keras_solo.training.layer_depths import layer_depths
from keras_solo.training.layerwise_adamw import LayerwiseAdamW
from keras_solo.training.warm_up import WarmUp

REFERENCE_BATCH_SIZE = 16
REFERENCE_LEARNING_RATE = 0.01
# From so many epochs on, "3x" is followed, and "1x" below.
LONG = 36


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
    added to its gradient. From 36 epochs on, as in "3x", the warm-up begins at
    a third, and the first step comes after 3/4: 27 and 33 of 36.

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
    first, start = (3 / 4, 1 / 3) if epochs >= LONG else (2 / 3, 0.001)
    if schedule == "steps":
        boundaries = [
            round(epochs * part) * steps_per_epoch // each
            for part in (first, 11 / 12)
        ]
        rates = keras.optimizers.schedules.PiecewiseConstantDecay(
            boundaries, [rate, rate * 0.1, rate * 0.01]
        )
    else:
        rates = keras.optimizers.schedules.CosineDecay(rate, total)
    return {
        "optimizer": CoupledSGD(
            WarmUp(rates, min(warmup_steps, total // 10), start, each),
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
    return {
        "optimizer": keras.optimizers.AdamW(
            WarmUp(rates, max(total // 20, 1), 0.01, each),
            weight_decay=1e-4,
            global_clipnorm=10.0,
            **_average(0.1 if ema else 0.0, total),
            gradient_accumulation_steps=_accumulated(each),
        )
    }


def fine_tune(
    model: SOLOv2,
    batch_size: int,
    steps_per_epoch: int,
    epochs: int,
    learning_rate: float | None = None,
    backbone_rates: tuple[float, float] = (0.3, 1.0),
    unfreeze_epochs: float = 0.0,
    warmup: float = 0.05,
    weight_decay: float = 1e-4,
    clip: float | None = 10.0,
    average: float = 0.1,
    gradient_accumulation_steps: int = 1,
) -> CompileArguments:
    """For models whose backbone has learned before, in small batches.

    As `from_scratch`: AdamW, a linear warm-up and a cosine to zero, clipped
    gradients, and the moving average of the weights. What is more is a
    learning rate for each depth of the backbone, and by choice a backbone that
    begins to learn from its output to its input (`LayerwiseAdamW`). Each is an
    argument.

    Batch normalisation is a choice of the backbone, made where that is built:
    `norm_frozen=True` keeps the statistics that its weights were trained with,
    which batches of a few images do not disturb; without it training uses
    the statistics of each batch, and prediction their moving average.

    Args:
        model: The model that will be compiled, layers frozen as they shall be.
        batch_size: Images of a step, over all devices.
        steps_per_epoch: Steps of an epoch: `len(batches)`.
        epochs: Epochs of the training.
        learning_rate: Of pyramid and heads; 4e-4 x sqrt(batch_size / 4) by
            default. `find_learning_rate` suggests one.
        backbone_rates: (first, last): the rates of the backbone's first and
            last layer, as parts of it. Between them it rises by the same
            factor from layer to layer. (1, 1) is one rate for all.
        unfreeze_epochs: Epochs until the backbone's first layer learns, too;
            the last begins at once. 0 for all of them from the first step on.
        warmup: The part of the training that is warm-up.
        weight_decay: The part of each weight that a rate of 1 would take away.
        clip: The largest global norm of gradients; None to clip nothing.
        average: Over which part of the training weights are averaged; their
            average replaces them when it ends. 0 for none.
        gradient_accumulation_steps: Steps whose mean gradient makes one
            update, as in `reference`.

    Returns:
        Arguments of `SOLOv2.compile`.

    Raises:
        ValueError: If there are no steps, a part is not from 0 to 1, or the
            model has no backbone, as a `ComposedSOLOv2`.

    Example:

    >>> from keras_solo import ResNet
    >>> model = SOLOv2(ResNet(18), num_classes=1)
    >>> arguments = fine_tune(model, 4, steps_per_epoch=60, epochs=4)
    >>> model.compile(**arguments)
    >>> arguments["optimizer"].backbone_rates
    (0.3, 1.0)
    """
    if not (0 <= warmup <= 1 and 0 <= average <= 1):
        raise ValueError(
            "Expected warmup and average as parts of the training, 0 to 1. "
            f"Received: {warmup}, {average}"
        )
    each = gradient_accumulation_steps
    total = _total_updates(batch_size, steps_per_epoch, epochs, each)
    rate = learning_rate or 4e-4 * (batch_size * each / 4) ** 0.5
    rates = keras.optimizers.schedules.CosineDecay(rate, total)
    return {
        "optimizer": LayerwiseAdamW(
            WarmUp(rates, max(round(total * warmup), 1), 0.01, each),
            depths=layer_depths(model),
            backbone_rates=backbone_rates,
            unfreeze_steps=round(unfreeze_epochs * steps_per_epoch / each),
            weight_decay=weight_decay,
            global_clipnorm=clip,
            **_average(average, total),
            gradient_accumulation_steps=_accumulated(each),
        )
    }


def _average(part: float, total: int) -> dict[str, Any]:
    """Arguments of an optimizer that averages weights over a part."""
    if not part:
        return {}
    momentum = 1.0 - (1 / part) / max(total, 2 / part)
    return {"use_ema": True, "ema_momentum": momentum}


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
