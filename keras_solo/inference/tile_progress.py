"""How far the tiles of large images are."""

from __future__ import annotations

from keras_solo.models.progress import Progress, checked_verbose, verbosity

# By default nothing is said of what takes a moment.
LONG = 64


class TileProgress:
    """Progress in each image, which begins when its pieces are counted.

    Args:
        verbose: 0 for silence, 1 for a progress bar, 2 for a line now and
            then. `"auto"` says nothing of fewer than 64 tiles.

    Raises:
        ValueError: If it is something else.

    Example:

    >>> progress = TileProgress(verbose=2)
    >>> for done in (1, 2):
    ...     progress(done, of=2)
    2 of 2 tiles
    """

    def __init__(self, verbose: str | int) -> None:
        self.verbose: str | int = checked_verbose(verbose)
        self._progress: Progress | None = None

    def __call__(self, done: int, of: int) -> None:
        """Tells how many pieces of an image are done."""
        # A first one: of an image before it, perhaps not all could be read.
        if self._progress is None or done == 1:
            loud = verbosity() if of >= LONG else 0
            verbose = loud if self.verbose == "auto" else int(self.verbose)
            self._progress = Progress(of, "tile", verbose)
        self._progress.update(done)
