"""A training saved every few minutes, within an epoch too."""

import time

import keras

from keras_solo.models.finite_weights import non_finite
from keras_solo.training.held_signals import held_signals
from keras_solo.training.run_settings import Settings
from keras_solo.training.saved_part import SavedPart, restore_part, write_part
from keras_solo.training.saved_parts import SavedParts


class SavePart(keras.callbacks.Callback):
    """Saves what a training is within an epoch, and goes on from there.

    It comes after `SaveEpoch`: once an epoch is saved its parts are removed.

    Args:
        parts: Where they are.
        settings: What the training depends on, saved along.
        minutes: After how many the next is saved, with the batch that is
            under way; 0 for after each batch; None for never.
        part: What to go on from, or None.

    Attributes:
        part: The last part of an epoch that is not over, or None.
    """

    def __init__(
        self,
        parts: SavedParts,
        settings: Settings,
        minutes: float | None = None,
        part: SavedPart | None = None,
    ) -> None:
        super().__init__()
        self.parts: SavedParts = parts
        self.settings: Settings = settings
        self.minutes = minutes
        self.part = part
        self._epoch = 0
        self._since = time.monotonic()

    @property
    def begins_within(self) -> tuple[int, int] | None:
        """Where `fit` begins: the epoch, and its batches that are done."""
        if self.part is None:
            return None
        return self.part.epoch, self.part.batches

    def restore(self) -> None:
        """Makes the model what it was there; `fit` asks for it."""
        if self.part is not None:
            restore_part(self.part, self.model)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._since = time.monotonic()

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        self._epoch = epoch

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        now, done = time.monotonic(), batch + 1
        steps = (self.params or {}).get("steps")
        # After the last batch the epoch itself is saved.
        over = steps is not None and done >= steps
        if (
            self.minutes is None
            or over
            or now - self._since < 60 * self.minutes
        ):
            return
        self._since = now
        self._save(done)

    def _save(self, done: int) -> None:
        # On JAX this brings the state of training into the variables.
        model = self.model
        broken = non_finite(model)
        if broken:
            raise FloatingPointError(
                f"Weights became NaN or infinite in step {done} of epoch "
                f"{self._epoch + 1}, such as {broken[0]}: it is not saved."
            )
        place = self.parts.place(self._epoch, done)
        part = SavedPart(place, self._epoch, done, self.settings)
        with held_signals():
            write_part(part, model)
            self.part = part
            self.parts.keep(part)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        with held_signals():
            self.part = None
            self.parts.keep(None)
        self._since = time.monotonic()
