"""One look at each image of a dataset: decoded once, its objects drawn once."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
from collections.abc import Iterator
from typing import NamedTuple

from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.image_hash import ImageHash, image_hash
from keras_solo.data.images import ImageError, load_image
from keras_solo.data.object_table import ImageObjects, image_objects
from keras_solo.data.records import Record


class Look(NamedTuple):
    """What was seen of one image.

    Args:
        objects: Those that are no crowds; none where one cannot be drawn.
        crowds: How many crowds there are.
        hash: What the image looks like; `None` if it cannot be decoded.
        kind: Of what is wrong with the image, or with its outlines.
        error: What is wrong, in words.
    """

    objects: ImageObjects
    crowds: int = 0
    hash: ImageHash | None = None
    kind: str = ""
    error: str = ""


def looks(dataset: InstanceDataset, workers: int = 4) -> Iterator[Look]:
    """Looks at each image once.

    Args:
        dataset: Its records are asked for in threads.
        workers: Threads.

    Yields:
        A look for each image, in their order.

    Example:

    >>> from keras_solo.data import ShapesDataset
    >>> [len(one.objects.labels) for one in looks(ShapesDataset(num_images=2))]
    [1, 2]
    """
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    try:
        yield from pool.map(
            functools.partial(_look, dataset), range(len(dataset))
        )
    finally:
        pool.shutdown(cancel_futures=True)


def _look(dataset: InstanceDataset, index: int) -> Look:
    record = dataset[index]
    kind = error = ""
    try:
        objects = image_objects(record)
    except ValueError as reason:
        kind, error = "wrong_outline", str(reason)
        objects = image_objects(dataclasses.replace(record, objects=()))
    found = Look(objects, len(record.objects) - len(record.instances))
    try:
        seen = image_hash(record.load_image())
    except ImageError as reason:
        return found._replace(kind=_kind(record), error=str(reason))
    return found._replace(hash=seen, kind=kind, error=error)


def _kind(record: Record) -> str:
    """What is wrong with an image that cannot be loaded."""
    path = record.image_path
    if path is None or not path.exists():
        return "missing_image"
    try:
        load_image(path, record.exif_orientation, record.max_pixels)
    except ImageError:
        return "damaged_image"
    return "wrong_size"
