"""Ctrl-C and SIGTERM end a training, between two steps."""

from __future__ import annotations

import gc
import signal
import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import TypeAlias

import keras

from keras_solo.training.held_signals import ENDING

Handler: TypeAlias = (
    Callable[[int, FrameType | None], object] | int | signal.Handlers | None
)

# Those that listen now, and who handled the signals before the first did.
# The first hold weakly: a training of another model than `SOLOv2` that ended by
# an error did not say so, and is over when nobody has its callbacks any more.
_listening: weakref.WeakSet[StopAtInterrupt] = weakref.WeakSet()
_before: dict[int, Handler] = {}


class StopAtInterrupt(keras.callbacks.Callback):
    """Makes sure that Ctrl-C, or SIGTERM, ends a training.

    A step is not interrupted, for then its weights would be lost (on JAX they
    are given away to it), nor is its first compilation: `fit` raises when the
    step is over. Keras 3.15 also catches everything while it turns logs into
    numbers, where an interrupt would be lost. Between steps, while data are
    loaded or the model is measured, it is raised at once. A second signal
    acts as it would without this callback.

    Who handled the signals before does so again as soon as one came, and when
    `fit` ends, by whatever error. (Other models than `SOLOv2` do not say that
    they ended by an error: there it is put back by the next interrupt.)
    Several of these callbacks, also in trainings within a training, all hear
    it.

    Attributes:
        interrupted: Whether the last training was interrupted.

    Raises:
        KeyboardInterrupt: From `fit`, after Ctrl-C.
        SystemExit: From `fit`, after SIGTERM, with the code 143.

    Example:

    ```python
    model.fit(batches, callbacks=[keras_solo.callbacks.StopAtInterrupt()])
    ```
    """

    def __init__(self) -> None:
        super().__init__()
        self.interrupted: bool = False
        self._number: int | None = None
        self._in_step = False

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self.restore()
        self.interrupted, self._number, self._in_step = False, None, False
        if threading.current_thread() is not threading.main_thread():
            return
        _forget_the_dead()
        for number in ENDING:
            if signal.getsignal(number) is not _hear:
                _before[number] = signal.signal(number, _hear)
        _listening.add(self)
        after_fit = getattr(self.model, "after_fit", None)
        if after_fit is not None:
            after_fit.callback(self.restore)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self.restore()
        self._raise_again()

    def restore(self) -> None:
        """Listens no more; the last to leave puts back who did before."""
        if self not in _listening:
            return
        _listening.discard(self)
        if not _listening:
            _put_back()

    def _raise_again(self) -> None:
        self._in_step = False
        if self._number is not None:
            raise _ending(self._number)

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        self._raise_again()
        self._in_step = True

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


def _hear(number: int, frame: FrameType | None) -> None:
    """Handles a signal: for all that listen, and they listen no more."""
    _forget_the_dead()
    in_step = any(one._in_step for one in _listening)
    for one in _listening:
        one.interrupted, one._number = True, number
    _listening.clear()
    _put_back()
    if not in_step:
        raise _ending(number)
    print(
        "\nThis step is finished first; a second signal ends it at once.",
        file=sys.stderr,
    )


def _forget_the_dead() -> None:
    if _listening:
        gc.collect()


def _put_back() -> None:
    for number, handler in _before.items():
        # Who came later stays. None: a handler that was not set by Python.
        if signal.getsignal(number) is _hear:
            signal.signal(number, handler or signal.SIG_DFL)
    _before.clear()


def _ending(number: int) -> BaseException:
    if number == signal.SIGINT:
        return KeyboardInterrupt()
    return SystemExit(128 + number)
