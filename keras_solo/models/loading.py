"""Images of a stream, decoded ahead in a few threads."""

from __future__ import annotations

import collections
import concurrent.futures
import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import numpy as np

from keras_solo.data.images import ImageError, load_image

THREADS = 4

OneImage: TypeAlias = str | os.PathLike[str] | np.ndarray
"""A path, or a uint8 RGB array `(height, width, 3)`."""

ImageSource: TypeAlias = OneImage | Callable[[], np.ndarray]
"""One image, or a function that returns it as an array."""


def loaded_ahead(
    images: Iterable[ImageSource],
) -> Iterator[np.ndarray | ImageError]:
    """Loads images while the one before is worked on.

    Args:
        images: Paths, uint8 RGB arrays, or functions that return one. They
            are drawn as they are needed, `THREADS` of them ahead.

    Yields:
        For each image its array `(height, width, 3)`, or the error that says
        why it cannot be read.

    Raises:
        ValueError: If something else is among them.
    """
    coming: collections.deque[
        concurrent.futures.Future[np.ndarray | ImageError]
    ] = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        try:
            for image in images:
                coming.append(pool.submit(_loaded_or_error, image))
                if len(coming) > THREADS:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            for future in coming:
                future.cancel()


def _loaded_or_error(image: ImageSource) -> np.ndarray | ImageError:
    try:
        return loaded(image)
    except ImageError as error:
        return error


def loaded(image: ImageSource) -> np.ndarray:
    """One image as an array, turned as its EXIF tag says if it is a file."""
    if isinstance(image, str | os.PathLike):
        return load_image(image, exif_orientation=True)
    array = np.asarray(image() if callable(image) else image)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        raise ValueError(
            "Expected a path, a uint8 RGB array (height, width, 3), or a "
            "function that returns one. Received: "
            + (
                f"{array.dtype} array of shape {array.shape}"
                if array.ndim
                else f"{image!r:.200}"
            )
        )
    return array
