"""Some of the images: by their places, or with suitable objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from keras_solo.data.records import Record, Records
from keras_solo.geometry.letterbox import Letterbox


def has_objects(
    record: Record,
    max_objects: int | None = None,
    min_object_size: float = 0.0,
    letterbox: Letterbox | None = None,
) -> bool:
    """Whether an image has objects, and such objects.

    Args:
        record: An image and its objects.
        max_objects: The most objects; `None`: any number.
        min_object_size: The least size of every object, the square root of
            its box's area, in canvas pixels of the letterbox.
        letterbox: Without one, sizes are in pixels of the image. Its canvas
            is the one of training batches, `letterbox.fixed()`.

    Returns:
        False for images without objects, and for those with a crowd, whose
        objects are not counted.
    """
    if not record.objects or any(item.is_crowd for item in record.objects):
        return False
    if max_objects is not None and len(record.objects) > max_objects:
        return False
    scale = 1.0
    if letterbox is not None:
        scale = letterbox.fixed().scale(record.original_size)
    sizes = []
    for item in record.objects:
        x1, y1, x2, y2 = item.bbox
        sizes.append(((x2 - x1) * (y2 - y1)) ** 0.5 * scale)
    return min(sizes) >= min_object_size


def chosen_indices(
    records: Records,
    selection: Iterable[int] | slice | Callable[[Record], bool],
) -> list[int]:
    """The images that a selection means.

    Args:
        records: A dataset.
        selection: As in `InstanceDataset.subset`.

    Returns:
        Their indices, counted from the start.

    Raises:
        ValueError: If booleans are not one for each image.
        IndexError: If there is no such image.
    """
    count = len(records)
    if callable(selection):
        return [i for i in range(count) if selection(records[i])]
    if isinstance(selection, slice):
        return list(range(count)[selection])
    array = np.asarray(list(selection))
    if array.dtype == bool:
        if len(array) != count:
            raise ValueError(
                f"Expected {count} booleans, one for each image. "
                f"Received: {len(array)}"
            )
        array = np.flatnonzero(array)
    return [checked_index(i, count) for i in array.tolist()]


def checked_index(index: int, count: int) -> int:
    """The index counted from the start.

    Raises:
        IndexError: If there is no such image.
        TypeError: If it is a slice, or the name of a split.
    """
    if isinstance(index, slice | str):
        raise TypeError(
            "Expected the number of one image. For several there is "
            "subset(...); splits have names only in the dict of several that "
            f"open_dataset(...) returns. Received: {index!r}"
        )
    if not -count <= index < count:
        raise IndexError(
            f"Expected the index of one of {count} images. Received: {index}"
        )
    return int(index) % count
