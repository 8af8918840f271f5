"""Ctrl-C and SIGTERM, put off while something is written."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def held_signals() -> Iterator[None]:
    """Signals that end a process are heard after the `with`.

    Outside of the main thread, which hears them, nothing changes.

    Example:

    >>> with held_signals():
    ...     print("as a whole")
    as a whole
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    with contextlib.ExitStack() as after:
        after.callback(_raise_first, came)
        for number in ENDING:
            # None: a handler that was not set by Python.
            before = signal.getsignal(number) or signal.SIG_DFL
            after.callback(signal.signal, number, before)
            signal.signal(number, note)
        yield


def _raise_first(came: list[int]) -> None:
    for number in came[:1]:
        signal.raise_signal(number)
