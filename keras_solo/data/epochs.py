"""Which batch of which epoch comes next."""


class EpochClock:
    """Counts batches and epochs, whatever Keras asks for.

    Keras says when an epoch begins and ends, but also looks at one batch
    before the first epoch (begin, one batch, end), ends epochs that never
    began, and may stop after fewer batches.

    Args:
        num_batches: Batches in an epoch.
        epoch: The epoch to begin with.
        done: Batches of it that do not come any more.

    Example:

    >>> clock = EpochClock(num_batches=2)
    >>> clock.begin()
    >>> clock.tick(), clock.tick()
    ((0, 0), (0, 1))
    >>> clock.end()
    >>> clock.epoch
    1
    """

    def __init__(self, num_batches: int, epoch: int = 0, done: int = 0) -> None:
        self.num_batches = num_batches
        self.epoch: int = epoch
        self.running: bool = False
        self._position = self._start = self._done = done
        self._last_taken = 0

    def begin(self) -> None:
        """An epoch begins, or goes on."""
        self.running = True
        self._start = self._position

    def tick(self) -> tuple[int, int]:
        """The (epoch, index) of the next batch."""
        passed, index = divmod(self._position, self.num_batches)
        self._position += 1
        return self.epoch + passed, index

    def taken(self, step: int) -> tuple[int, int]:
        """The (epoch, index) of a batch that was taken since `begin`.

        Args:
            step: The how manieth, from 0; those that are done are counted.
        """
        place = self._start - self._done + step
        passed, index = divmod(place, self.num_batches)
        return self.epoch + passed, index

    def end(self) -> None:
        """An epoch ends, or is interrupted."""
        if not self.running:
            return
        self.running = False
        taken = self._position - self._start
        looked = taken == 1 and self._last_taken != 1 and self.num_batches > 1
        if looked:
            self._position = self._start
        self._last_taken = taken
        passed, self._position = divmod(self._position, self.num_batches)
        self.epoch += passed
        if passed:
            self._done = 0
