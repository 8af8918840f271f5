"""How far long work is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time

import keras

# Between two lines where nobody can redraw one.
SECONDS = 5.0


def verbosity() -> int:
    """Keras's `verbose`: a bar on a terminal, lines elsewhere."""
    return 1 if sys.stdout.isatty() else 2


def checked_verbose(verbose: str | int) -> str | int:
    """The same, if it is 0, 1, 2 or `"auto"`.

    Raises:
        ValueError: If it is something else.
    """
    if verbose not in ("auto", 0, 1, 2):
        raise ValueError(
            'Expected verbose to be "auto", 0, 1 or 2. '
            f"Received: verbose={verbose!r}"
        )
    return verbose


class Progress:
    """Says how much of something is done.

    Args:
        total: How much there is, or None if that is not known.
        unit_name: What is counted, such as `"image"` or `"MB"`.
        verbose: 0 for silence, 1 for Keras's progress bar, 2 for a line every
            few seconds and one in the end.

    Example:

    >>> progress = Progress(3, "image", verbose=2)
    >>> for number in range(3):
    ...     progress.update(number + 1)
    3 of 3 images
    """

    def __init__(
        self, total: int | None, unit_name: str, verbose: int = 1
    ) -> None:
        self.total = total
        self.unit_name = unit_name
        self.verbose = verbose
        self._said = time.monotonic()
        self._bar = keras.utils.Progbar(
            total, verbose=int(verbose == 1), unit_name=unit_name
        )

    def update(self, done: int) -> None:
        """Tells how much is done by now."""
        if self.verbose == 1:
            self._bar.update(done)
        now = time.monotonic()
        last = done == self.total
        if self.verbose == 2 and (last or now - self._said >= SECONDS):
            self._said = now
            of = "" if self.total is None else f" of {self.total}"
            many = "" if self.unit_name.isupper() else "s"
            print(f"{done}{of} {self.unit_name}{many}", flush=True)

    def end(self, done: int) -> None:
        """Tells that there was no more than this, if the total said more."""
        if done != self.total:
            self.total = done
            self._bar.target = done
            self._bar.update(done, finalize=True)
            if self.verbose == 2:
                self.update(done)
