"""Which images make which batch of an epoch: shuffled, shared out, grouped."""

from __future__ import annotations

import dataclasses
import functools
from typing import NamedTuple

import numpy as np

from keras_solo.data.shard import Shard, checked_shard


class Round(NamedTuple):
    """What all hosts take in one step: images of one group."""

    is_full: bool
    place: int  # of its last image, in the order of the epoch
    group: int
    images: np.ndarray


def epoch_batches(
    order: np.ndarray,
    batch_size: int,
    drop_last: bool = True,
    shard: Shard = (0, 1),
    groups: np.ndarray | None = None,
) -> list[np.ndarray]:
    """The batches of one host in one epoch.

    In every step the hosts take `batch_size * count` images together, and
    host 0 the first of them: what they take is one batch of a single host
    with so large a batch size. All hosts have batches of the same group in
    the same step.

    A batch comes when its last image does. The second one is of another
    group than the first, where there is one: Keras on TensorFlow looks at two
    batches to learn the shapes of all.

    Args:
        order: `(n,)` the indices of all images, in the order of the epoch.
        batch_size: Images per batch and host.
        drop_last: Whether to leave out the images of a group that are too few
            for all hosts. If not, the hosts share them evenly at the end of
            the epoch, the later ones one more; where they are fewer than the
            hosts, some hosts have no such batch.
        shard: (index, count): which of how many hosts this is.
        groups: `(n,)` the group of each image of the dataset, from 0; one
            group by default.

    Returns:
        Indices of images, an array for each batch.

    Example:

    >>> portrait = np.array([0, 0, 1, 0, 1, 0])
    >>> [b.tolist() for b in epoch_batches(np.arange(6), 2, groups=portrait)]
    [[0, 1], [2, 4], [3, 5]]
    >>> [b.tolist() for b in epoch_batches(np.arange(6), 1, shard=(1, 2))]
    [[1], [3], [5]]

    Source: `AspectRatioGroupedDataset` of detectron2, for the order of groups.
    """
    index, count = shard
    batches = []
    for one in _rounds(order, batch_size * count, groups):
        size = len(one.images)
        first, last = index * size // count, (index + 1) * size // count
        if first < last and (one.is_full or not drop_last):
            batches.append(one.images[first:last])
    return batches


def _rounds(
    order: np.ndarray, size: int, groups: np.ndarray | None
) -> list[Round]:
    """All images in rounds of `size`; those that are not full come last."""
    of_place = np.zeros(len(order), int) if groups is None else groups[order]
    rounds = []
    for group in np.unique(of_place).tolist():
        places = np.flatnonzero(of_place == group)
        for start in range(0, len(places), size):
            some = places[start : start + size]
            rounds.append(
                Round(len(some) == size, int(some[-1]), group, order[some])
            )
    rounds.sort(key=lambda one: (not one.is_full, one.place))
    for place, one in enumerate(rounds):
        if one.group != rounds[0].group:
            rounds.insert(1, rounds.pop(place))
            break
    return rounds


@dataclasses.dataclass(frozen=True, eq=False)
class BatchOrder:
    """The batches of every epoch. See `Batches` and `epoch_batches`.

    Args:
        num_images: Images of the dataset.
        batch_size: Images per batch and host.
        shuffle: Whether each epoch has an order of its own.
        seed: The same seed gives the same orders.
        drop_last: As in `epoch_batches`.
        shard: As in `epoch_batches`.
        groups: As in `epoch_batches`.

    Example:

    >>> order = BatchOrder(5, 2, shuffle=False, seed=0, drop_last=True)
    >>> order.batches(epoch=0)[1].tolist(), order.left_out(epoch=0).tolist()
    ([2, 3], [4])
    """

    num_images: int
    batch_size: int
    shuffle: bool
    seed: int
    drop_last: bool
    shard: Shard = (0, 1)
    groups: np.ndarray | None = None

    def __post_init__(self) -> None:
        checked_shard(self.shard)

    def check_size(self) -> None:
        """Refuses an order without any batch.

        Raises:
            ValueError: Says how many images there are, and for whom.
        """
        if not self.num_batches:
            index, count = self.shard
            host = f", host {index} of {count}" if count > 1 else ""
            raise ValueError(
                "Expected a dataset that fills at least one batch. Received: "
                f"{self.num_images} images, batch_size={self.batch_size}{host}"
            )

    @functools.cached_property
    def num_batches(self) -> int:
        """Batches of this host, the same number in every epoch."""
        return len(self.batches(0))

    def batches(self, epoch: int) -> list[np.ndarray]:
        """This host's batches of an epoch; not to be changed."""
        return _batches_of(self, epoch)

    def left_out(self, epoch: int) -> np.ndarray:
        """The images that no host takes in an epoch."""
        size = self.batch_size * self.shard[1]
        rounds = _rounds(self._images(epoch), size, self.groups)
        left = [r.images for r in rounds if self.drop_last and not r.is_full]
        return np.concatenate([np.empty(0, int), *left])

    def group_of(self, image: int) -> int:
        """The group of an image of the dataset."""
        return 0 if self.groups is None else int(self.groups[image])

    def members(self, group: int) -> np.ndarray:
        """The images of a group, all hosts'."""
        if self.groups is None:
            return np.arange(self.num_images)
        return np.flatnonzero(self.groups == group)

    def _images(self, epoch: int) -> np.ndarray:
        """All images in the order of an epoch, the same on all hosts."""
        indices = np.arange(self.num_images)
        if self.shuffle:
            np.random.default_rng([self.seed, epoch]).shuffle(indices)
        return indices


@functools.lru_cache(maxsize=4)
def _batches_of(order: BatchOrder, epoch: int) -> list[np.ndarray]:
    """Made once an epoch: for 118,000 images it takes as long as some."""
    return epoch_batches(
        order._images(epoch),
        order.batch_size,
        order.drop_last,
        order.shard,
        order.groups,
    )
