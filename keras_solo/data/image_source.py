"""What may be passed as an image, and what an array of pixels must be like."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from keras_solo.geometry.intensity import Intensity, check_is_image

OneImage: TypeAlias = str | os.PathLike[str] | np.ndarray
"""A path, or a uint8 RGB array `(height, width, 3)`.

A model that scales intensities by percentiles takes arrays of any integers or
floats, also `(height, width)`.
"""

ImageSource: TypeAlias = OneImage | Callable[[], np.ndarray]
"""One image, or a function that returns it as an array."""


def checked_array(image: object, intensity: Intensity) -> np.ndarray:
    """An array of pixels that an intensity can scale; nothing is read yet.

    Args:
        image: Anything, also a memory-mapped array.
        intensity: How pixels become 8 bits.

    Returns:
        The same array: uint8 `(height, width, 3)` by type; of any integers or
        floats, `(height, width)` or `(height, width, 3)`, by percentiles.

    Raises:
        ValueError: If it is something else.

    Example:

    >>> from keras_solo import Intensity
    >>> checked_array(np.zeros((2, 3, 3), np.uint8), Intensity()).shape
    (2, 3, 3)
    """
    array = np.asarray(image)
    if intensity.by_percentiles and array.dtype.kind in "uif":
        check_is_image(array)
        return array
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        raise ValueError(
            "Expected a path, a uint8 RGB array (height, width, 3), or a "
            "function that returns one. Received: "
            + (
                f"{array.dtype} array of shape {array.shape}{_advice(array)}"
                if array.ndim
                else f"{image!r:.200}"
            )
        )
    return array


def _advice(array: np.ndarray) -> str:
    """What makes an image of an array that is none, if that is known."""
    if array.dtype != np.uint8:
        return (
            ". Other integers and floats are for a model whose preprocessor "
            'has intensity=Intensity("percentiles")'
        )
    if array.ndim == 2:
        return ". Grey: np.stack([image] * 3, axis=-1) is RGB"
    if array.ndim == 3 and array.shape[2] == 4:
        return ". Without the fourth channel: image[..., :3]"
    if array.ndim == 3 and array.shape[0] == 3:
        return ". Channels come last: np.moveaxis(image, 0, -1)"
    return ""
