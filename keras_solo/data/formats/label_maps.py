"""Images of ids: each pixel says which object it belongs to."""

from __future__ import annotations

import pathlib

import numpy as np

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.images import ImageError, decode_stored, read_bytes
from keras_solo.geometry.size import Size


def read_label_map(path: pathlib.Path, max_pixels: int) -> np.ndarray:
    """Reads a PNG or TIFF of ids.

    Args:
        path: The file, of 8 or 16 bits, or in colours: each colour is an id
            of its own then, R + 256 G + 65536 B, and so is each entry of a
            palette.
        max_pixels: Larger ones are wrong.

    Returns:
        int32 array `(height, width)`; 0 is black.

    Raises:
        WrongEntry: If it cannot be read, or is no such image.
    """
    try:
        return decode_label_map(read_bytes(path), str(path), max_pixels)
    except ImageError as error:
        raise WrongEntry(str(error).rstrip(".")) from error


def decode_label_map(data: bytes, name: str, max_pixels: int) -> np.ndarray:
    """Ids out of the bytes of a file, as `read_label_map`.

    Raises:
        ImageError: If it is no such image.
    """
    image = decode_stored(data, name, max_pixels)
    if image.dtype not in (np.uint8, np.uint16):
        raise ImageError(
            f"{name}: expected ids of 8 or 16 bits. Received: {image.dtype}"
        )
    if image.ndim == 2:
        return image.astype(np.int32)
    if image.dtype != np.uint8 or image.shape[2] not in (3, 4):
        raise ImageError(
            f"{name}: expected ids in one channel, or colours of 8 bits. "
            f"Received: {image.dtype} of shape {image.shape}"
        )
    blue, green, red = np.moveaxis(image[..., :3].astype(np.int32), -1, 0)
    ids: np.ndarray = red + (green << 8) + (blue << 16)
    return ids


def check_map_size(ids: np.ndarray, size: Size, path: pathlib.Path) -> None:
    """Refuses ids of another size than the image's.

    Raises:
        WrongEntry: If they are.
    """
    if ids.shape != tuple(size):
        raise WrongEntry(
            f"{path} has {ids.shape[0]} x {ids.shape[1]} pixels, its image "
            f"{size[0]} x {size[1]} (height x width)"
        )
