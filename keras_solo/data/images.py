"""Image files to arrays: always 8-bit RGB, or an error that names the file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import BinaryIO

import cv2
import numpy as np

from keras_solo.data.image_size import KNOWN, image_size
from keras_solo.data.jpeg import (
    is_jpeg,
    jpeg_is_truncated,
    jpeg_orientation,
    jpeg_size,
)
from keras_solo.data.tiff import (
    TRANSPOSED,
    has_deep_planes,
    is_reduced_to_8_bits,
    tiff_orientation,
    unturned,
)
from keras_solo.geometry.intensity import Intensity
from keras_solo.geometry.size import Size

# What a file may decode to, unless told otherwise: half a gigabyte.
MAX_PIXELS = 178_956_970
# What says the size of most files.
HEADER = 1 << 16
BY_TYPE = Intensity()
PNG_START = b"\x89PNG\r\n\x1a\n"
REDUCED = {
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


class ImageError(ValueError):
    """An image file that is missing, truncated, or no image."""


def load_image(
    path: str | os.PathLike[str],
    exif_orientation: bool = False,
    max_pixels: int = MAX_PIXELS,
    intensity: Intensity = BY_TYPE,
) -> np.ndarray:
    """Reads an image file.

    One channel becomes three equal ones. An alpha channel is dropped: the
    colours below transparent pixels stay as they are stored. 16 bits are
    scaled to 8, by their type (65535 becomes 255) or as `intensity` says. Of
    a TIFF with several pages the first is read.

    Args:
        path: A file of any format that OpenCV reads.
        exif_orientation: Whether to turn the image as its EXIF tag says.
            Off for training and evaluation, since COCO annotations refer to
            the pixels as they are stored (and the reference's training
            ignores the tag); on for pictures that a person looks at.
        max_pixels: Larger images are refused by what their header says,
            before anything is decoded: a small file can hold gigabytes.
        intensity: How pixels become 8 bits. A model is trained, and predicts,
            on what `model.preprocessor.intensity` makes of a file.

    Returns:
        uint8 array `(height, width, 3)`, RGB, original pixels.

    Raises:
        ImageError: If the file is missing, truncated, too large, or no image,
            or if its pixels are not scaled so: floats are by percentiles only.
            The message names the file.

    Example:

    ```python
    by_percentiles = keras_solo.Intensity("percentiles")
    image = keras_solo.data.load_image("cells.tif", intensity=by_percentiles)
    ```
    """
    return decode_image(
        read_bytes(path), str(path), exif_orientation, max_pixels, intensity
    )


def load_reduced(
    path: str | os.PathLike[str],
    at_least: Size,
    exif_orientation: bool = False,
    max_pixels: int = MAX_PIXELS,
    intensity: Intensity = BY_TYPE,
) -> tuple[np.ndarray, Size]:
    """Reads an image file, a large JPEG at a part of its size.

    A JPEG that is two, four or eight times as large as needed, or larger, is
    decoded at a half, a quarter or an eighth of its size, rounded up: each
    pixel is about the average of those it stands for, and most of the work is
    saved. Files of other formats are decoded as `load_image` does.

    Args:
        path: A file of any format that OpenCV reads.
        at_least: (height, width) in pixels: no side becomes smaller.
        exif_orientation: As in `load_image`.
        max_pixels: As in `load_image`.
        intensity: As in `load_image`; percentiles are of the reduced image.

    Returns:
        uint8 array `(h, w, 3)`, RGB; and (height, width) of the whole image.

    Raises:
        ImageError: As `load_image`.
    """
    data = read_bytes(path)
    size = _upright_size(data, exif_orientation) if is_jpeg(data) else None
    factor = _reduction(size, at_least) if size else 1
    if size is None or factor == 1:
        image = decode_image(
            data, str(path), exif_orientation, max_pixels, intensity
        )
        return image, (image.shape[0], image.shape[1])
    _check(data, str(path), max_pixels)
    flags = REDUCED[factor]
    return _decode(data, str(path), flags, exif_orientation, intensity), size


def stored_size(
    path: str | os.PathLike[str], exif_orientation: bool = False
) -> Size:
    """The size of an image, by the header of its file.

    Args:
        path: A file of any format that OpenCV reads.
        exif_orientation: Whether of the image turned as its EXIF tag says.

    Returns:
        (height, width) in pixels.

    Raises:
        ImageError: If the file is missing, or no image.
    """
    with _opened(path) as file:
        data = file.read(HEADER)
        size = image_size(data)
        if size is None or exif_orientation:
            data += file.read()
            size = image_size(data)
    if size is None:
        raise ImageError(
            f"{path}: the file is damaged, or of another format than {KNOWN}."
        )
    turned = jpeg_orientation if is_jpeg(data) else tiff_orientation
    if exif_orientation and turned(data) >= TRANSPOSED:
        return size[1], size[0]
    return size


def _upright_size(data: bytes, exif_orientation: bool) -> Size | None:
    """The size of a JPEG, turned or not."""
    size = jpeg_size(data)
    if size and exif_orientation and jpeg_orientation(data) >= TRANSPOSED:
        return size[1], size[0]
    return size


def _reduction(size: Size, at_least: Size) -> int:
    """The largest factor that leaves enough pixels."""
    room = min(
        side // least for side, least in zip(size, at_least, strict=True)
    )
    return max(factor for factor in (1, *REDUCED) if factor <= max(room, 1))


def decode_image(
    data: bytes,
    name: str = "image",
    exif_orientation: bool = False,
    max_pixels: int = MAX_PIXELS,
    intensity: Intensity = BY_TYPE,
) -> np.ndarray:
    """Decodes the bytes of an image file, as `load_image` does.

    Args:
        data: The content of the file.
        name: What error messages call it.
        exif_orientation: As in `load_image`.
        max_pixels: As in `load_image`.
        intensity: As in `load_image`.

    Returns:
        uint8 array `(height, width, 3)`, RGB.

    Raises:
        ImageError: If the bytes are no complete image, or one too large, or
            if its pixels are not scaled so.
    """
    _check(data, name, max_pixels)
    if intensity.by_percentiles and is_reduced_to_8_bits(data):
        raise ImageError(
            f"{name}: OpenCV reads a TIFF of two channels of 16 bits as 8 "
            "bits, too few to scale by percentiles: store it without alpha."
        )
    # Grey stays one channel: OpenCV reads floats in grey in no other way.
    flags = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH
    return _decode(data, name, flags, exif_orientation, intensity)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The content of an image file.

    Raises:
        ImageError: If it cannot be read.
    """
    with _opened(path) as file:
        return file.read()


@contextlib.contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    try:
        with open(path, "rb") as file:
            yield file
    except (OSError, ValueError) as error:  # a null character in its name
        reason = getattr(error, "strerror", None) or str(error)
        raise ImageError(f"{path}: cannot be read: {reason}.") from error


def _check(data: bytes, name: str, max_pixels: int) -> None:
    """What must hold before a decoder sees the file."""
    if not data:
        raise ImageError(f"{name}: the file is empty.")
    if is_truncated(data):
        raise ImageError(
            f"{name}: the image is truncated: its {len(data)} bytes end "
            "before the end marker of its format."
        )
    size = image_size(data)
    if size is None:
        raise ImageError(
            f"{name}: cannot be decoded: the file is damaged, or of another "
            f"format than {KNOWN}."
        )
    if size[0] * size[1] > max_pixels:
        raise ImageError(too_many_pixels(name, size, max_pixels))


def too_many_pixels(
    name: str | os.PathLike[str], size: Size, max_pixels: int
) -> str:
    """What the error says of an image that is too large to be decoded."""
    return (
        f"{name}: the image has {size[0]} x {size[1]} pixels (height x "
        f"width), more than max_pixels={max_pixels}."
    )


def decode_stored(
    data: bytes, name: str, max_pixels: int = MAX_PIXELS
) -> np.ndarray:
    """Decodes the pixels of an image file as they are stored.

    Args:
        data: The content of the file.
        name: What error messages call it.
        max_pixels: As in `load_image`.

    Returns:
        Array `(height, width)` or `(height, width, channels)`, colours in the
        order of OpenCV, of the file's dtype.

    Raises:
        ImageError: As `decode_image`.
    """
    _check(data, name, max_pixels)
    return _pixels(data, name, cv2.IMREAD_UNCHANGED)


def _decode(
    data: bytes,
    name: str,
    flags: int,
    exif_orientation: bool,
    intensity: Intensity,
) -> np.ndarray:
    if not exif_orientation:
        flags |= cv2.IMREAD_IGNORE_ORIENTATION
    pixels = _pixels(data, name, flags)
    try:
        image = intensity.to_uint8(pixels)
    except ValueError as error:
        raise ImageError(f"{name}: {error}") from error
    code = cv2.COLOR_GRAY2RGB if image.ndim == 2 else cv2.COLOR_BGR2RGB
    return cv2.cvtColor(image, code)


def _pixels(data: bytes, name: str, flags: int) -> np.ndarray:
    if has_deep_planes(data):
        raise ImageError(
            f"{name}: OpenCV reads a TIFF of more than 8 bits wrongly that has "
            "each channel by itself (PlanarConfiguration 2): store it with the "
            "channels of a pixel side by side."
        )
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise ImageError(f"{name}: cannot be decoded: {error}") from error
    if image is None:
        raise ImageError(
            f"{name}: cannot be decoded: the file is damaged, or of a kind "
            "that OpenCV does not read."
        )
    if flags & cv2.IMREAD_IGNORE_ORIENTATION:
        # OpenCV turns each TIFF, whatever it is told.
        return unturned(image, tiff_orientation(data))
    return image


def is_truncated(data: bytes) -> bool:
    """Whether a JPEG, PNG or WebP file ends too early.

    Decoders differ here: some fill the missing part with grey and go on.

    Args:
        data: The content of the file.

    Returns:
        False for complete files and for other formats.
    """
    if is_jpeg(data):
        return jpeg_is_truncated(data)
    if data.startswith(PNG_START):
        return _png_is_truncated(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    return False


def _png_is_truncated(data: bytes) -> bool:
    position = len(PNG_START)
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if data[position + 4 : position + 8] == b"IEND":
            return False
        position += 12 + length
    return True
