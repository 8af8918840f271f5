"""The batches of some epochs, one after the other."""

from __future__ import annotations

import dataclasses

from keras_solo.data.batch_maker import Batch
from keras_solo.data.batches import Batches


@dataclasses.dataclass(frozen=True)
class EpochRange:
    """Counts the batches of some epochs from 0 on.

    Nothing else is counted: the epoch of `batches` stays, and each number is
    the same batch each time.

    Args:
        batches: Where they are from.
        first: The first epoch.
        last: The epoch to end with; it is not in the range.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> from keras_solo.geometry import Letterbox
    >>> batches = ShapesDataset(4).batches(Letterbox((64, 64)), 2)
    >>> two = EpochRange(batches, first=5, last=7)
    >>> len(two), two(3)[0].shape  # the second batch of epoch 6
    (4, (2, 64, 64, 3))
    """

    batches: Batches
    first: int
    last: int

    @classmethod
    def of(
        cls, batches: Batches, epochs: int | None, initial_epoch: int | None
    ) -> EpochRange:
        """A range by the words of `fit`.

        Args:
            batches: Where the batches are from.
            epochs: The epoch to end with; one epoch by default.
            initial_epoch: The first one; that of `batches` by default.

        Raises:
            ValueError: If there is no epoch in it.
        """
        first = batches.epoch if initial_epoch is None else initial_epoch
        last = first + 1 if epochs is None else epochs
        if not 0 <= first < last:
            raise ValueError(
                "Expected epochs, the epoch to end with, to be larger than "
                f"initial_epoch. Received: epochs={last}, "
                f"initial_epoch={first}"
            )
        return cls(batches, first, last)

    def __len__(self) -> int:
        return (self.last - self.first) * len(self.batches)

    def __call__(self, number: int) -> Batch:
        """Makes a batch.

        Args:
            number: From 0, through all epochs.

        Returns:
            Images and targets, as `batches[i]` gives them.
        """
        passed, index = divmod(number, len(self.batches))
        return self.batches.make(self.first + passed, index)
