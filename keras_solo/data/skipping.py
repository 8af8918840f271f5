"""Other images in the places of damaged ones, always the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from keras_solo.data.images import ImageError

T = TypeVar("T")


class Source(NamedTuple):
    """What a sample is made of.

    Args:
        image: The index of an image of the dataset.
        seeds: What its randomness follows from.
    """

    image: int
    seeds: tuple[int, ...]


class Made(NamedTuple, Generic[T]):
    """A batch, and what it is made of.

    Args:
        batch: The batch.
        images: The images in it, by their indices.
        skipped: What was wrong with those that should have been in it, by
            their indices.
    """

    batch: T
    images: list[int]
    skipped: dict[int, str]


def substitutes(source: Source, images: np.ndarray) -> Iterator[Source]:
    """What may take the place of a damaged image, in an order of its own.

    Args:
        source: The damaged one.
        images: Indices to choose from.

    Yields:
        Each of the other images once. The order and the randomness of the
        samples follow from the seeds of the damaged one.

    Example:

    >>> others = substitutes(Source(2, (0, 0, 2)), np.arange(3))
    >>> sorted(other.image for other in others)
    [0, 1]
    """
    # Not one of the seeds below; trailing zeros do not count.
    rng = np.random.default_rng([*source.seeds, 0, 1])
    for image in rng.permutation(images).tolist():
        if image != source.image:
            yield Source(image, (*source.seeds, 1 + image))


def make_readable(
    make: Callable[[Iterator[Source]], T],
    sources: Iterable[Source],
    images: Callable[[], np.ndarray],
) -> Made[T]:
    """Makes a batch of images that can be read.

    What is damaged shows while the batch is made, which then begins again
    with another image in that place.

    Args:
        make: Makes a batch; takes one source after the other, and raises an
            `ImageError` before it takes the next.
        sources: What the batch should be made of.
        images: Gives the indices of the images that may stand in.

    Raises:
        ImageError: If all of these are damaged.
    """
    chosen = list(sources)
    skipped: dict[int, str] = {}
    waiting: dict[int, Iterator[Source]] = {}
    while True:
        taken: list[Source] = []
        try:
            batch = make(_noted(chosen, taken))
            return Made(batch, [source.image for source in chosen], skipped)
        except ImageError as error:
            slot = len(taken) - 1
            skipped[taken[slot].image] = str(error)
            if slot not in waiting:
                waiting[slot] = substitutes(chosen[slot], images())
            try:
                chosen[slot] = next(waiting[slot])
            except StopIteration:
                raise _all_damaged(skipped) from error


def _noted(sources: Sequence[Source], taken: list[Source]) -> Iterator[Source]:
    for source in sources:
        taken.append(source)
        yield source


def _all_damaged(skipped: dict[int, str]) -> ImageError:
    return ImageError(
        "Expected one image at least that can be read. Received: "
        f"{len(skipped)} images, all damaged. The first: "
        f"{next(iter(skipped.values()))}"
    )
