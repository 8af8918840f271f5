"""The end of a training whose loss is no number."""

import math

import keras

from keras_solo.data.batches import Batches


class StopAtNonFinite(keras.callbacks.Callback):
    """Ends a training as soon as its loss is NaN or infinite.

    By an error, so that nothing that comes after `fit` takes the weights for
    trained ones.

    Args:
        batches: What `fit` trains on; the error then names the images of the
            step.

    Raises:
        FloatingPointError: From `fit`; it names the step and the epoch.

    Example:

    >>> callback = StopAtNonFinite()
    >>> callback.on_epoch_begin(1)
    >>> callback.on_train_batch_end(3, {"loss": float("inf")})
    Traceback (most recent call last):
    FloatingPointError: The loss became inf in step 4 of epoch 2.
    """

    def __init__(self, batches: Batches | None = None) -> None:
        super().__init__()
        self.batches = batches
        self._epoch: int | None = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._epoch = None

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        self._epoch = epoch

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(float(loss)):
            return
        of_epoch = "" if self._epoch is None else f" of epoch {self._epoch + 1}"
        raise FloatingPointError(
            f"The loss became {float(loss)} in step {batch + 1}{of_epoch}"
            f"{self._images(batch)}."
        )

    def _images(self, step: int) -> str:
        if self.batches is None:
            return ""
        ids = self.batches.taken_image_ids(step)
        return f", on the images with the ids {', '.join(map(str, ids))}"
