"""Ctrl-C, which always ends a training."""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import keras

Handler = Callable[[int, FrameType | None], object] | int | signal.Handlers


class StopAtInterrupt(keras.callbacks.Callback):
    """Makes sure that Ctrl-C ends a training.

    Keras 3.15 catches everything while it turns logs into numbers, which is
    where a compiled step is waited for: an interrupt there would be lost.
    With this callback, `fit` raises `KeyboardInterrupt` before the next step
    at the latest, and after the last one at its end.

    Who handled the signal before does so again as soon as it came, and when
    `fit` ends, by whatever error. (Other models than `SOLOv2` do not say that
    they ended by an error: there it is put back by the next interrupt.)
    Several of these callbacks, also in trainings within a training, all hear
    it.

    Attributes:
        interrupted: Whether the last training was interrupted.

    Example:

    ```python
    model.fit(batches, callbacks=[keras_solo.callbacks.StopAtInterrupt()])
    ```
    """

    def __init__(self) -> None:
        super().__init__()
        self.interrupted: bool = False
        self._previous: Handler | None = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self.restore()
        self.interrupted = False
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._interrupt)
            after_fit = getattr(self.model, "after_fit", None)
            if after_fit is not None:
                after_fit.callback(self.restore)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self.restore()
        self._raise_again()

    def restore(self) -> None:
        """Puts back what handled the signal before, if it is still ours."""
        later, owner = None, _owner(signal.getsignal(signal.SIGINT))
        while owner is not None and owner is not self:
            later, owner = owner, _owner(owner._previous)
        if owner is self and self._previous is not None:
            if later is None:
                signal.signal(signal.SIGINT, self._previous)
            else:
                later._previous = self._previous
        self._previous = None

    def _interrupt(self, number: int, frame: FrameType | None) -> NoReturn:
        before = _owner(self._previous)
        self.interrupted = True
        self.restore()
        if before is not None:
            before._interrupt(number, frame)
        raise KeyboardInterrupt

    def _raise_again(self) -> None:
        if self.interrupted:
            raise KeyboardInterrupt

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        self._raise_again()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        self._raise_again()

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        self._raise_again()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        self._raise_again()


def _owner(handler: Handler | None) -> StopAtInterrupt | None:
    """Whose handler it is, if it is one of ours."""
    owner = getattr(handler, "__self__", None)
    return owner if isinstance(owner, StopAtInterrupt) else None
