"""A training that begins in the middle of an epoch.

Keras begins with whole epochs and asks once how many batches one has. So it is
called twice: for what is left of the epoch, and for those that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import keras
import numpy as np

from keras_solo.models.averages import averages_weights, copied


class Beginning(Protocol):
    """A callback that knows where within an epoch a training goes on."""

    @property
    def begins_within(self) -> tuple[int, int] | None:
        """The epoch, from 0, and its batches that are done; or None."""

    def restore(self) -> None:
        """Makes the model, its optimizer and its metrics what they were."""


class PartedBatches(Protocol):
    """Batches whose epochs may begin within."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> object: ...
    def begin_within(self, epoch: int, done: int) -> None: ...
    def on_epoch_begin(self) -> None: ...
    def on_epoch_end(self) -> None: ...


def beginning_of(
    callbacks: Iterable[object] | None, epochs: int
) -> Beginning | None:
    """The callback that says that `fit` begins within an epoch.

    Args:
        callbacks: Of `fit`.
        epochs: The epoch to end with.

    Returns:
        The callback, or None: it begins with a whole epoch.
    """
    if callbacks is None or isinstance(callbacks, keras.callbacks.CallbackList):
        return None
    if not isinstance(callbacks, Iterable):
        callbacks = [callbacks]
    for callback in callbacks:
        place = getattr(callback, "begins_within", None)
        if place is not None and place[0] < epochs:
            beginning: Beginning = callback  # type: ignore[assignment]
            return beginning
    return None


def fit_from_within(
    fit: Callable[..., keras.callbacks.History],
    model: keras.Model,
    beginning: Beginning,
    batches: PartedBatches,
    epochs: int,
    verbose: str | int,
    callbacks: Sequence[keras.callbacks.Callback] | None,
    steps_per_epoch: int | None = None,
    **kwargs: Any,
) -> keras.callbacks.History:
    """`fit`, whose first epoch is what is left of one.

    Callbacks and the history see one training. They are told which batch of
    the epoch it is, and the epoch's figures are those of all its batches.

    Args:
        fit: Of `keras.Model`, of this model.
        model: What is trained.
        beginning: Where it begins, whatever `initial_epoch` says.
        batches: What it is trained on.
        epochs: The epoch to end with.
        verbose: As `fit` takes it.
        callbacks: Those of `fit`, `beginning` among them.
        steps_per_epoch: Batches of an epoch, if not all.
        **kwargs: More of `fit`.

    Returns:
        The history.

    Raises:
        ValueError: If nobody can begin within an epoch of these batches.
    """
    if beginning.begins_within is None or not hasattr(batches, "begin_within"):
        raise ValueError(
            "Expected the Batches that this training was begun with: it goes "
            f"on within an epoch. Received: {type(batches).__name__}"
        )
    epoch, done = beginning.begins_within
    steps = steps_per_epoch or len(batches)
    both = OneTraining(
        beginning, batches, callbacks, model, verbose, epochs, steps
    )
    kwargs.update(verbose=verbose, callbacks=both)
    history = fit(
        RestOfEpoch(batches, done),
        epochs=epoch + 1,
        **{**kwargs, "initial_epoch": epoch},
        steps_per_epoch=steps_per_epoch and steps_per_epoch - done,
    )
    if both.goes_on:
        kwargs.update(initial_epoch=epoch + 1, steps_per_epoch=steps_per_epoch)
        history = fit(batches, epochs=epochs, **kwargs)
    return history


class RestOfEpoch(keras.utils.PyDataset):
    """What is left of an epoch.

    Args:
        batches: Of the whole epoch.
        done: How many of them are not taken.
    """

    def __init__(self, batches: PartedBatches, done: int) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self.batches: PartedBatches = batches
        self.done: int = done

    def __len__(self) -> int:
        return len(self.batches) - self.done

    def __getitem__(self, index: int) -> object:
        return self.batches[index]

    def on_epoch_begin(self) -> None:
        """Called by Keras."""
        self.batches.on_epoch_begin()

    def on_epoch_end(self) -> None:
        """Called by Keras."""
        self.batches.on_epoch_end()


class OneTraining(keras.callbacks.CallbackList):
    """Callbacks that are called as if two calls of `fit` were one.

    Args:
        beginning: Where the first begins.
        batches: What is trained on.
        callbacks: To call.
        model: What is trained.
        verbose: As `fit` takes it.
        epochs: The epoch to end with.
        steps: Batches of a whole epoch.

    Attributes:
        goes_on: Whether another call of `fit` follows the first.
    """

    def __init__(
        self,
        beginning: Beginning,
        batches: PartedBatches,
        callbacks: Sequence[keras.callbacks.Callback] | None,
        model: keras.Model,
        verbose: str | int,
        epochs: int,
        steps: int,
    ) -> None:
        self.beginning: Beginning = beginning
        self.batches: PartedBatches = batches
        self.epoch: int
        self.done: int
        self.epoch, self.done = beginning.begins_within or (0, 0)
        self.goes_on: bool = False
        self._trained: list[np.ndarray] = []
        super().__init__(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            model=model,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
        )

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        if not self.goes_on:
            super().on_train_begin(logs)
        elif self._trained:
            # The first call ended with the averages in their place.
            weights = self.model.trainable_weights
            for weight, value in zip(weights, self._trained, strict=True):
                weight.assign(value)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        more = self.epoch + 1 < (self.params or {})["epochs"]
        first = self.done > 0
        self.goes_on = first and more and not self.model.stop_training
        self.done = 0
        if not self.goes_on:
            super().on_train_end(logs)

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        super().on_epoch_begin(epoch, logs)
        if self.done:
            # What others told the batches and the metrics is known better.
            self.batches.begin_within(epoch, self.done)
            self.beginning.restore()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        super().on_epoch_end(epoch, logs)
        model = self.model
        if self.done and averages_weights(model.optimizer):
            self._trained = [copied(w) for w in model.trainable_weights]

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        super().on_train_batch_begin(batch + self.done, logs)

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        super().on_train_batch_end(batch + self.done, logs)
