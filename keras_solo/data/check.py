"""What is wrong with a dataset, found before training finds it."""

from __future__ import annotations

import concurrent.futures
import functools
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from keras_solo.data.images import BY_TYPE, ImageError
from keras_solo.data.records import Record, load_scaled
from keras_solo.geometry.intensity import Intensity

OnError: TypeAlias = Literal["raise", "skip"]
"""Whether the first error ends it, or what is wrong is left out."""


def check_on_error(on_error: str) -> None:
    """Refuses what is neither "raise" nor "skip"."""
    if on_error not in ("raise", "skip"):
        raise ValueError(
            f'Expected on_error to be "raise" or "skip". Received: {on_error!r}'
        )


def image_errors(
    records: Iterable[Record],
    workers: int = 4,
    intensity: Intensity = BY_TYPE,
) -> Iterator[ImageError | None]:
    """Decodes every image once, which takes as long as reading all of them.

    Args:
        records: A dataset, or some of its records.
        workers: Threads.
        intensity: How pixels become 8 bits: floats do by percentiles only.

    Yields:
        For each record in its order what is wrong with its image: that it is
        missing, damaged, or not of the annotated size; `None` where it is
        well.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> list(image_errors(ShapesDataset(num_images=2)))
    [None, None]
    """
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    try:
        yield from pool.map(
            functools.partial(_image_error, intensity=intensity), records
        )
    finally:
        pool.shutdown(cancel_futures=True)


def _image_error(record: Record, intensity: Intensity) -> ImageError | None:
    try:
        load_scaled(record, intensity)
    except ImageError as error:
        return error
    return None
