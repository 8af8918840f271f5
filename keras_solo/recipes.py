"""Optimizers and schedules by name, as arguments of `compile`."""

import keras
from keras import ops

REFERENCE_BATCH_SIZE = 16
REFERENCE_LEARNING_RATE = 0.01


def reference(
    batch_size,
    steps_per_epoch,
    epochs=12,
    schedule="steps",
    warmup_steps=500,
    learning_rate=None,
):
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
    total = _total_steps(batch_size, steps_per_epoch, epochs)
    rate = learning_rate or (
        REFERENCE_LEARNING_RATE * batch_size / REFERENCE_BATCH_SIZE
    )
    if schedule == "steps":
        boundaries = [
            round(epochs * part) * steps_per_epoch for part in (2 / 3, 11 / 12)
        ]
        rates = keras.optimizers.schedules.PiecewiseConstantDecay(
            boundaries, [rate, rate * 0.1, rate * 0.01]
        )
    else:
        rates = keras.optimizers.schedules.CosineDecay(rate, total)
    return {
        "optimizer": CoupledSGD(
            learning_rate=WarmUp(rates, min(warmup_steps, total // 10), 0.001),
            momentum=0.9,
            l2=1e-4,
            global_clipnorm=35.0,
        )
    }


def from_scratch(
    batch_size,
    steps_per_epoch,
    epochs,
    learning_rate=None,
    ema=True,
):
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

    Returns:
        Arguments of `SOLOv2.compile`.

    Example:

    >>> arguments = from_scratch(batch_size=4, steps_per_epoch=60, epochs=4)
    >>> type(arguments["optimizer"]).__name__
    'AdamW'
    """
    total = _total_steps(batch_size, steps_per_epoch, epochs)
    rate = learning_rate or 4e-4 * (batch_size / 4) ** 0.5
    rates = keras.optimizers.schedules.CosineDecay(rate, total)
    # A longer memory would still hold the random weights of the beginning.
    momentum = 1.0 - 10.0 / max(total, 20)
    average = {"use_ema": True, "ema_momentum": momentum} if ema else {}
    return {
        "optimizer": keras.optimizers.AdamW(
            learning_rate=WarmUp(rates, max(total // 20, 1), 0.01),
            weight_decay=1e-4,
            global_clipnorm=10.0,
            **average,
        )
    }


def _total_steps(batch_size, steps_per_epoch, epochs):
    if min(batch_size, steps_per_epoch, epochs) < 1:
        raise ValueError(
            "Expected batch_size, steps_per_epoch and epochs of at least 1. "
            f"Received: {batch_size}, {steps_per_epoch}, {epochs}"
        )
    return steps_per_epoch * epochs


@keras.saving.register_keras_serializable(package="keras_solo")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that starts at a fraction and rises to another's rate.

    Args:
        schedule: The learning rate schedule to follow.
        steps: Length of the linear warm-up.
        start: The fraction of the schedule's rate at the first step.

    Example:

    >>> schedules = keras.optimizers.schedules
    >>> constant = schedules.PiecewiseConstantDecay([9], [1.0, 1.0])
    >>> warmup = WarmUp(constant, steps=4, start=0.0)
    >>> [float(warmup(step)) for step in range(6)]
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(self, schedule, steps, start=0.001):
        super().__init__()
        self.schedule = schedule
        self.steps = steps
        self.start = start

    def __call__(self, step):
        done = ops.cast(step, "float32") / float(max(self.steps, 1))
        factor = self.start + (1.0 - self.start) * ops.minimum(done, 1.0)
        return factor * self.schedule(step)

    def get_config(self):
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "steps": self.steps,
            "start": self.start,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["schedule"] = keras.saving.deserialize_keras_object(
            config["schedule"]
        )
        return cls(**config)


@keras.saving.register_keras_serializable(package="keras_solo")
class CoupledSGD(keras.optimizers.SGD):
    """SGD whose weight decay is part of the gradient, as PyTorch means it.

    `g + l2 w` passes through the momentum and is multiplied by the learning
    rate. The `weight_decay` of Keras is subtracted beside the gradient, once
    a step: with momentum 0.9 that is about ten times weaker. The gradient's
    norm is clipped before `l2` is added, as in the reference.

    Args:
        l2: The part of each weight that is added to its gradient.
        **kwargs: Of `keras.optimizers.SGD`.

    Example:

    >>> import numpy as np
    >>> variable = keras.Variable(np.ones(1, "float32"))
    >>> optimizer = CoupledSGD(learning_rate=0.5, l2=0.5)
    >>> optimizer.apply([np.zeros(1, "float32")], [variable])
    >>> float(variable.numpy()[0])
    0.75
    """

    def __init__(self, learning_rate=0.01, l2=1e-4, name="SGD", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.l2 = l2

    def update_step(self, gradient, variable, learning_rate):
        gradient = ops.cast(gradient, variable.dtype)
        super().update_step(
            gradient + self.l2 * ops.convert_to_tensor(variable),
            variable,
            learning_rate,
        )

    def get_config(self):
        config = super().get_config()
        config["l2"] = self.l2
        return config
