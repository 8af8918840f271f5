"""An image that saves itself and shows itself in a notebook."""

from __future__ import annotations

import os
import pathlib

import cv2
import numpy as np
import numpy.typing as npt

from keras_solo._whole_files import write_whole
from keras_solo.geometry.size import Size


class Picture:
    """What every drawing function of this package returns.

    It is shown when it is the last line of a notebook cell, and is an array
    wherever an array is wanted: `numpy.asarray(picture)`.

    Args:
        array: `(height, width, 3)` RGB, 0 to 255. Floats are rounded. A
            one-channel image `(height, width)` becomes grey.

    Example:

    >>> picture = Picture(np.zeros((48, 64, 3), np.uint8))
    >>> picture
    Picture(48 x 64)
    >>> picture.to_png()[1:4]
    b'PNG'
    """

    def __init__(self, array: npt.ArrayLike) -> None:
        self.array: np.ndarray = rgb_array(array)

    @property
    def size(self) -> Size:
        """(height, width) in pixels."""
        return self.array.shape[0], self.array.shape[1]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture in the format that the suffix names.

        Args:
            path: A file name such as "street.png" or "street.jpg". Its folder
                must exist.

        Raises:
            ValueError: If the suffix names no image format.
            OSError: If it cannot be written; what was there stays.
        """
        path = pathlib.Path(path)
        write_whole(path, _encoded(self.array, path.suffix))

    def to_png(self) -> bytes:
        """The picture as the content of a PNG file."""
        return _encoded(self.array, ".png")

    def _repr_png_(self) -> bytes:
        return self.to_png()

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> np.ndarray:
        return np.array(self.array, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        return "Picture({} x {})".format(*self.size)


def rgb_array(given: npt.ArrayLike) -> np.ndarray:
    """`(height, width, 3)` uint8 RGB of an RGB or one-channel image."""
    image = np.asarray(given)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(
            "Expected an RGB image of shape (height, width, 3). "
            f"Received: shape {image.shape}"
        )
    if image.dtype != np.uint8:
        image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return image


def _encoded(array: np.ndarray, suffix: str) -> bytes:
    try:
        done, content = cv2.imencode(suffix, array[..., ::-1])
    except cv2.error:
        done = False
    if not done:
        raise ValueError(
            'Expected a file name that ends in an image format like ".png" '
            f'or ".jpg". Received: suffix {suffix!r}'
        )
    return content.tobytes()
