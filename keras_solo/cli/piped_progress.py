"""How far an epoch is, where no progress bar can be drawn."""

import time

import keras

from keras_solo.models.progress import SECONDS, verbosity


def piped_progress() -> list[keras.callbacks.Callback]:
    """Callbacks for `fit`: none on a terminal, where Keras draws a bar."""
    return [PipedProgress()] if verbosity() == 2 else []


class PipedProgress(keras.callbacks.Callback):
    """Prints a line every few seconds; Keras prints one after an epoch."""

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        self._epoch = epoch + 1
        self._said = time.monotonic()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        now = time.monotonic()
        if now - self._said < SECONDS:
            return
        self._said = now
        steps = (self.params or {}).get("steps")
        loss = (logs or {}).get("loss")
        print(
            f"Epoch {self._epoch}: step {batch + 1}"
            f"{f' of {steps}' if steps else ''}"
            f"{'' if loss is None else f', loss {float(loss):.4f}'}",
            flush=True,
        )
