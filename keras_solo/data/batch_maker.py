"""The batch of a place in an order, whoever makes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from keras_solo.data.batch_order import BatchOrder
from keras_solo.data.check import OnError
from keras_solo.data.records import Records
from keras_solo.data.samples import Arrays, SampleMaker
from keras_solo.data.skipping import Made, Source, make_readable

Batch: TypeAlias = tuple[np.ndarray, Arrays]


@dataclasses.dataclass(frozen=True, eq=False)
class BatchMaker:
    """Makes batches; nothing changes in it, and it goes to other processes.

    Args:
        dataset: The images.
        sample_makers: One for each group of the order.
        order: Which images make which batch; its seed is the samples', too.
        on_error: `"raise"`, or `"skip"`: other images of the same group take
            the places of damaged ones.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> from keras_solo.geometry import Letterbox
    >>> order = BatchOrder(4, 2, shuffle=False, seed=0, drop_last=True)
    >>> sample_maker = SampleMaker(Letterbox((64, 64)), max_objects=6)
    >>> make = BatchMaker(ShapesDataset(4), (sample_maker,), order)
    >>> made = make(epoch=0, index=1)
    >>> made.images, made.batch[0].shape
    ([2, 3], (2, 64, 64, 3))
    """

    dataset: Records
    sample_makers: tuple[SampleMaker, ...]
    order: BatchOrder
    on_error: OnError = "raise"

    def __call__(self, epoch: int, index: int) -> Made[Batch]:
        """Makes one batch.

        Args:
            epoch: From 0.
            index: The batch within the epoch.

        Raises:
            ImageError: Of a damaged image; with `on_error="skip"`, if all
                images of the group are damaged.
        """
        chosen = self.order.batches(epoch)[index].tolist()
        group = self.order.group_of(chosen[0])
        sources = [Source(i, (self.order.seed, epoch, i)) for i in chosen]

        def stack(sources: Iterator[Source]) -> Batch:
            samples = (
                (self.dataset[image], np.random.default_rng(list(seeds)))
                for image, seeds in sources
            )
            return self.sample_makers[group].stack(samples, len(chosen))

        if self.on_error == "raise":
            return Made(stack(iter(sources)), chosen, {})
        return make_readable(stack, sources, lambda: self.order.members(group))
