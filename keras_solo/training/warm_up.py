"""A schedule that begins gently."""

from typing import Self

import keras
from keras import ops

from keras_solo._tensor import Tensor


@keras.saving.register_keras_serializable(package="keras_solo")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that starts at a fraction and rises to another's rate.

    Args:
        schedule: The learning rate schedule to follow.
        steps: Length of the linear warm-up.
        start: The fraction of the schedule's rate at the first step.
        each: Steps that make one update, the optimizer's
            `gradient_accumulation_steps`. Keras gives a schedule the number of
            the step; this one, and what it follows, count updates.

    Example:

    >>> schedules = keras.optimizers.schedules
    >>> constant = schedules.PiecewiseConstantDecay([9], [1.0, 1.0])
    >>> warmup = WarmUp(constant, steps=4, start=0.0)
    >>> [float(warmup(step)) for step in range(6)]
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        schedule: keras.optimizers.schedules.LearningRateSchedule,
        steps: int,
        start: float = 0.001,
        each: int = 1,
    ) -> None:
        super().__init__()
        self.schedule = schedule
        self.steps = steps
        self.start = start
        self.each = each

    def __call__(self, step: Tensor) -> Tensor:
        update = ops.cast(step, "int32") // self.each
        done = ops.cast(update, "float32") / float(max(self.steps, 1))
        factor = self.start + (1.0 - self.start) * ops.minimum(done, 1.0)
        return factor * self.schedule(update)

    def get_config(self) -> dict[str, object]:
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "steps": self.steps,
            "start": self.start,
            "each": self.each,
        }

    @classmethod
    def from_config(cls, config: dict[str, object]) -> Self:
        config = dict(config)
        config["schedule"] = keras.saving.deserialize_keras_object(
            config["schedule"]
        )
        return cls(**config)  # type: ignore[arg-type]
