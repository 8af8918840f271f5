"""The batch of a place in an order, whoever makes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from keras_solo.data.aspect_groups import both_ways, is_portrait
from keras_solo.data.batch_order import BatchOrder
from keras_solo.data.check import OnError, check_on_error
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

    def __post_init__(self) -> None:
        check_on_error(self.on_error)

    @classmethod
    def of(
        cls,
        dataset: Records,
        samples: SampleMaker,
        order: BatchOrder,
        aspect_groups: bool,
        on_error: OnError,
    ) -> BatchMaker:
        """One canvas for all images, or one for each of two groups.

        Args:
            dataset: The images.
            samples: Makes samples; its canvas is that of one group, whichever
                way it is turned.
            order: An order without groups.
            aspect_groups: Whether landscape and portrait images are two.
            on_error: As above.
        """
        ways = both_ways(samples.letterbox) if aspect_groups else ()
        if len(ways) < 2:
            return cls(dataset, (samples,), order, on_error)
        makers = [dataclasses.replace(samples, letterbox=way) for way in ways]
        order = dataclasses.replace(order, groups=is_portrait(dataset))
        return cls(dataset, tuple(makers), order, on_error)

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
