"""Images of a stream, decoded ahead in a few threads."""

from __future__ import annotations

import collections
import concurrent.futures
import os
from collections.abc import Iterable, Iterator

import numpy as np

from keras_solo.data.image_source import ImageSource, checked_array
from keras_solo.data.images import BY_TYPE, ImageError, load_image
from keras_solo.geometry.intensity import Intensity

THREADS = 4


def loaded_ahead(
    images: Iterable[ImageSource], intensity: Intensity = BY_TYPE
) -> Iterator[np.ndarray | ImageError]:
    """Loads images while the one before is worked on.

    Args:
        images: Paths, uint8 RGB arrays, or functions that return one. They
            are drawn as they are needed, `THREADS` of them ahead.
        intensity: How their pixels become 8 bits.

    Yields:
        For each image its uint8 array `(height, width, 3)`, or the error that
        says why it cannot be read.

    Raises:
        ValueError: If something else is among them.
    """
    coming: collections.deque[
        concurrent.futures.Future[np.ndarray | ImageError]
    ] = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        try:
            for image in images:
                coming.append(pool.submit(_loaded_or_error, image, intensity))
                if len(coming) > THREADS:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            for future in coming:
                future.cancel()


def _loaded_or_error(
    image: ImageSource, intensity: Intensity
) -> np.ndarray | ImageError:
    try:
        return loaded(image, intensity)
    except ImageError as error:
        return error


def loaded(image: ImageSource, intensity: Intensity = BY_TYPE) -> np.ndarray:
    """One image as an array, turned as its EXIF tag says if it is a file.

    Args:
        image: A path, an array, or a function that returns one.
        intensity: How its pixels become 8 bits.

    Returns:
        uint8 array `(height, width, 3)`, RGB.

    Raises:
        ImageError: If a file cannot be read.
        ValueError: If it is something else.
    """
    if isinstance(image, str | os.PathLike):
        return load_image(image, exif_orientation=True, intensity=intensity)
    array = checked_array(image() if callable(image) else image, intensity)
    return intensity.to_rgb(array) if intensity.by_percentiles else array
