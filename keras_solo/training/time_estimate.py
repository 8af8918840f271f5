"""How long a training will take, said after its first steps."""

from __future__ import annotations

import statistics
import time

import keras

from keras_solo._printable import counted
from keras_solo.training.coco_mask_ap import CocoMaskAP

# Steps in which backends compile; they say nothing about the others.
COMPILING_STEPS = 3
# A step that takes so many times the usual one compiled something.
MOST_TIMES = 5.0
# So long nobody waits for it, however few the steps are.
SLOW_SECONDS = 30.0
# What segmenting and scoring an image takes, of its part of a training step.
# A guess: a forward pass is about a third of a step, and masks are scored.
EVALUATION_PART = 0.5


class TimeEstimate(keras.callbacks.Callback):
    """Prints once how long the training will take from there.

    It takes the mean of the steps after the first three, in which backends
    compile, and leaves out single steps that compile again. An evaluation by
    `measure` counts half of what training on its images takes; that is a rule
    of thumb, since nothing has been evaluated yet.

    Args:
        after: After how many steps of this training it speaks, more than 3, or
            once the steps after the third have taken half a minute.
        measure: The `CocoMaskAP` among the callbacks, if there is one.
        batch_size: Images of a training step, to know what `measure` costs.

    Attributes:
        seconds: The estimate, or None before it is made.

    Example:

    >>> from keras_solo.callbacks import TimeEstimate
    >>> estimate = TimeEstimate(after=20)
    """

    def __init__(
        self,
        after: int = 20,
        measure: CocoMaskAP | None = None,
        batch_size: int = 1,
    ) -> None:
        super().__init__()
        if after <= COMPILING_STEPS:
            raise ValueError(
                f"Expected after to be more than {COMPILING_STEPS} steps. "
                f"Received: {after}"
            )
        if batch_size < 1:
            raise ValueError(
                f"Expected batch_size to be at least 1. Received: {batch_size}"
            )
        self.after = after
        self.measure = measure
        self.batch_size = batch_size
        self.seconds: float | None = None
        self._times: list[float] = []
        self._steps = 0
        self._last: float | None = None
        self._epoch = 0

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self.seconds, self._times, self._steps = None, [], 0

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        self._epoch = epoch
        # What lies between epochs is no step.
        self._last = None

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        if self.seconds is not None:
            return
        now, self._steps = time.monotonic(), self._steps + 1
        if self._last is not None and self._steps > COMPILING_STEPS:
            self._times.append(now - self._last)
        self._last = now
        if self._times and (self._steps >= self.after or self._is_slow()):
            self._say(batch)

    def _is_slow(self) -> bool:
        waited = len(self._times) * usual_seconds(self._times)
        return waited >= SLOW_SECONDS

    def _say(self, batch: int) -> None:
        params = self.params or {}
        epochs, steps = params.get("epochs"), params.get("steps")
        if not epochs or not steps:
            return
        step = usual_seconds(self._times)
        left = (epochs - self._epoch) * steps - batch - 1
        self.seconds = left * step + self._evaluating(epochs, step)
        what = " with their evaluation" if self.measure else ""
        if params.get("verbose") == 1:
            # Keras' bar is still on its line.
            print()
        print(
            f"About {as_duration(self.seconds)} for "
            f"{counted(epochs - self._epoch, 'epoch')}{what}, {step:.2f} s a "
            "step.",
            flush=True,
        )

    def _evaluating(self, epochs: int, step: float) -> float:
        """Seconds that the evaluations to come may take."""
        if self.measure is None:
            return 0.0
        every = self.measure.every
        due = [
            epoch
            for epoch in range(self._epoch, epochs)
            if epoch in (0, epochs - 1) or (epoch + 1) % every == 0
        ]
        images = len(self.measure.dataset) * len(due)
        return EVALUATION_PART * images * step / self.batch_size


def usual_seconds(times: list[float]) -> float:
    """The mean of some times without those that are far longer.

    Args:
        times: Seconds of steps, at least one.

    Example:

    >>> usual_seconds([0.5, 0.7, 30.0])
    0.6
    """
    limit = MOST_TIMES * statistics.median(times)
    return statistics.fmean(time for time in times if time <= limit)


def as_duration(seconds: float) -> str:
    """Seconds, minutes or hours, as a person says them.

    Args:
        seconds: Any number of them.

    Example:

    >>> as_duration(41.2), as_duration(750), as_duration(9000)
    ('41 s', '12 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
