"""Landscape and portrait images, and a canvas for each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from keras_solo.data.records import Record
from keras_solo.geometry.letterbox import Letterbox


def is_portrait(records: Iterable[Record]) -> np.ndarray:
    """Which images are higher than wide.

    Args:
        records: A dataset. No image is read.

    Returns:
        `(n,)` integers: 1 for portrait, 0 for landscape and square images.

    Example:

    >>> sizes = [(10, 20), (20, 20), (30, 20)]
    >>> is_portrait(Record(i, size) for i, size in enumerate(sizes)).tolist()
    [0, 0, 1]
    """
    sizes = (record.original_size for record in records)
    return np.array([int(height > width) for height, width in sizes], int)


def both_ways(letterbox: Letterbox) -> tuple[Letterbox, ...]:
    """A letterbox's canvas, lying and upright.

    Args:
        letterbox: Its canvas is `largest_canvas`, whichever way it is turned.

    Returns:
        Two fixed letterboxes, for landscape and for portrait images; one, if
        the canvas is square.

    Example:

    >>> ways = both_ways(Letterbox((800, 1333), canvas="fit"))
    >>> [letterbox.image_size for letterbox in ways]
    [(800, 1344), (1344, 800)]
    """
    fixed = letterbox.fixed()
    short, long = sorted(fixed.image_size)
    if short == long:
        return (fixed,)
    return (
        dataclasses.replace(fixed, image_size=(short, long)),
        dataclasses.replace(fixed, image_size=(long, short)),
    )
