"""Images of ids: each pixel says which object it belongs to."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable

import cv2
import numpy as np

from keras_solo._whole_files import write_whole
from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.writing import Lost
from keras_solo.data.images import (
    ImageError,
    decode_stored,
    read_bytes,
    stored_size,
)
from keras_solo.geometry.size import Size


def read_label_map(path: pathlib.Path, size: Size) -> np.ndarray:
    """Reads a PNG or TIFF of ids.

    Args:
        path: The file, of 8 or 16 bits, or in colours: each colour is an id
            of its own then, R + 256 G + 65536 B, and so is each entry of a
            palette.
        size: (height, width) of the image that it belongs to. One of another
            size is not decoded.

    Returns:
        Array `(height, width)`, 0 is black; int32 of colours, and of the
        file's dtype otherwise.

    Raises:
        WrongEntry: If it cannot be read, is no such image, or of another size.
    """
    try:
        found = stored_size(path)
        if found != tuple(size):
            raise WrongEntry(
                f"{path} has {found[0]} x {found[1]} pixels, its image "
                f"{size[0]} x {size[1]} (height x width)"
            )
        return decode_label_map(read_bytes(path), str(path), size)
    except ImageError as error:
        raise WrongEntry(str(error).rstrip(".")) from error


def decode_label_map(data: bytes, name: str, most: Size) -> np.ndarray:
    """Ids out of the bytes of a file, as `read_label_map`.

    Args:
        data: The content of the file.
        name: What error messages call it.
        most: (height, width) of which it may have the pixels.

    Raises:
        ImageError: If it is no such image, or larger.
    """
    image = decode_stored(data, name, most[0] * most[1])
    if image.dtype not in (np.uint8, np.uint16):
        raise ImageError(
            f"{name}: expected ids of 8 or 16 bits. Received: {image.dtype}"
        )
    if image.ndim == 2:
        return image
    if image.dtype != np.uint8 or image.shape[2] not in (3, 4):
        raise ImageError(
            f"{name}: expected ids in one channel, or colours of 8 bits. "
            f"Received: {image.dtype} of shape {image.shape}"
        )
    ids = image[..., 2].astype(np.int32)
    ids |= image[..., 1].astype(np.int32) << 8
    ids |= image[..., 0].astype(np.int32) << 16
    return ids


# === Writing ===


def painted(
    masks: Iterable[tuple[int, np.ndarray]], size: Size, lost: Lost
) -> np.ndarray:
    """Masks as ids: of those that overlap, the last is on top.

    Args:
        masks: The id of each, and its mask `(height, width)`.
        size: (height, width) in pixels.
        lost: Gets the pixels that are covered, and the objects that are
            covered altogether.

    Returns:
        int32 array `(height, width)`, 0 where there is no object.
    """
    ids = np.zeros(size, np.int32)
    given = set()
    for id_, mask in masks:
        inside = mask != 0
        lost["covered pixels"] += int(np.count_nonzero(ids[inside]))
        ids[inside] = id_
        given.add(id_)
    lost["covered objects"] += len(given.difference(np.unique(ids).tolist()))
    return ids


def write_label_map(path: pathlib.Path, ids: np.ndarray) -> None:
    """Writes ids as a PNG of as few bits as they need.

    Args:
        path: The file.
        ids: Integers from 0 to 65535.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    dtype = np.uint8 if ids.max(initial=0) < 256 else np.uint16
    write_whole(path, cv2.imencode(".png", ids.astype(dtype))[1].tobytes())
