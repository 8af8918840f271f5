"""Image files to arrays: always 8-bit RGB, or an error that names the file."""

from __future__ import annotations

import os
import pathlib

import cv2
import numpy as np

JPEG_START = b"\xff\xd8"
JPEG_END = b"\xff\xd9"
PNG_START = b"\x89PNG\r\n\x1a\n"
# JPEG markers without a length: TEM and RST0 to RST7.
BARE_MARKERS = {0x01, *range(0xD0, 0xD8)}
START_OF_SCAN = 0xDA


class ImageError(ValueError):
    """An image file that is missing, truncated, or no image."""


def load_image(
    path: str | os.PathLike[str], exif_orientation: bool = False
) -> np.ndarray:
    """Reads an image file.

    One channel becomes three equal ones. An alpha channel is dropped: the
    colours below transparent pixels stay as they are stored. 16 bits are
    scaled to 8 (65535 becomes 255).

    Args:
        path: A file of any format that OpenCV reads.
        exif_orientation: Whether to turn the image as its EXIF tag says.
            Off for training and evaluation, since COCO annotations refer to
            the pixels as they are stored (and the reference's training
            ignores the tag); on for pictures that a person looks at.

    Returns:
        uint8 array `(height, width, 3)`, RGB, original pixels.

    Raises:
        ImageError: If the file is missing, truncated, or no image. The
            message names the file.
    """
    path = pathlib.Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ImageError(f"{path}: cannot be read: {reason}.") from error
    return decode_image(data, str(path), exif_orientation)


def decode_image(
    data: bytes, name: str = "image", exif_orientation: bool = False
) -> np.ndarray:
    """Decodes the bytes of an image file, as `load_image` does.

    Args:
        data: The content of the file.
        name: What error messages call it.
        exif_orientation: As in `load_image`.

    Returns:
        uint8 array `(height, width, 3)`, RGB.

    Raises:
        ImageError: If the bytes are no complete image.
    """
    if not data:
        raise ImageError(f"{name}: the file is empty.")
    if is_truncated(data):
        raise ImageError(
            f"{name}: the image is truncated: its {len(data)} bytes end "
            "before the end marker of its format."
        )
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
    if not exif_orientation:
        flags |= cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise ImageError(f"{name}: cannot be decoded: {error}") from error
    if image is None:
        raise ImageError(
            f"{name}: cannot be decoded: the file is damaged, or of a format "
            "that OpenCV does not read."
        )
    return cv2.cvtColor(_to_uint8(image, name), cv2.COLOR_BGR2RGB)


def is_truncated(data: bytes) -> bool:
    """Whether a JPEG, PNG or WebP file ends too early.

    Decoders differ here: some fill the missing part with grey and go on.

    Args:
        data: The content of the file.

    Returns:
        False for complete files and for other formats.
    """
    if data.startswith(JPEG_START):
        return _jpeg_is_truncated(data)
    if data.startswith(PNG_START):
        return _png_is_truncated(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    return False


def _jpeg_is_truncated(data: bytes) -> bool:
    """Walks the segments to the pixels, then looks for the end marker.

    The walk passes over a thumbnail's own end marker inside a segment.
    """
    position = len(JPEG_START)
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            # Not the structure we know: leave the verdict to the decoder.
            return False
        marker = data[position + 1]
        if marker == START_OF_SCAN:
            return data.find(JPEG_END, position) < 0
        if marker == 0xFF:
            position += 1
        elif marker in BARE_MARKERS:
            position += 2
        else:
            length = int.from_bytes(data[position + 2 : position + 4], "big")
            position += 2 + length
    return True


def _png_is_truncated(data: bytes) -> bool:
    position = len(PNG_START)
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if data[position + 4 : position + 8] == b"IEND":
            return False
        position += 12 + length
    return True


def _to_uint8(image: np.ndarray, name: str) -> np.ndarray:
    if image.dtype == np.uint8:
        return image
    if image.dtype == np.uint16:
        return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    raise ImageError(
        f"{name}: expected an image of 8 or 16 bits per channel. "
        f"Received: {image.dtype}"
    )
