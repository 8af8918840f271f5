"""What a JPEG file says without its pixels: its size, and if it is whole."""

from __future__ import annotations

from collections.abc import Iterator

from keras_solo.data.tiff import tiff_tags
from keras_solo.geometry.size import Size

JPEG_START = b"\xff\xd8"
JPEG_END = b"\xff\xd9"
# Markers without a length: TEM and RST0 to RST7.
BARE_MARKERS = {0x01, *range(0xD0, 0xD8)}
START_OF_SCAN = 0xDA
# SOF0 to SOF15; three of the numbers between mean something else.
FRAME_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
NO_MARKER = 0x00
APP1 = 0xE1
EXIF = b"Exif\0\0"
ORIENTATION = 274


def is_jpeg(data: bytes) -> bool:
    """Whether the content of a file begins as a JPEG does."""
    return data.startswith(JPEG_START)


def jpeg_is_truncated(data: bytes) -> bool:
    """Whether a JPEG ends before its end marker.

    The walk to the pixels passes over a thumbnail's own end marker inside a
    segment.

    Args:
        data: The content of the file.
    """
    for marker, position in _markers(data):
        if marker == START_OF_SCAN:
            # From the end: that of a whole file is there.
            return data.rfind(JPEG_END, position) < 0
    return True


def jpeg_size(data: bytes) -> Size | None:
    """The size of a JPEG's pixels as they are stored.

    Args:
        data: The content of the file, or its beginning.

    Returns:
        (height, width), or `None` where the file does not say before its
        pixels.

    Example:

    >>> import cv2, numpy as np
    >>> _, data = cv2.imencode(".jpg", np.zeros((3, 5, 3), np.uint8))
    >>> jpeg_size(data.tobytes())
    (3, 5)
    """
    for marker, position in _markers(data):
        if marker in FRAME_MARKERS:
            height = _number(data, position + 5)
            width = _number(data, position + 7)
            return (height, width) if height and width else None
    return None


def jpeg_orientation(data: bytes) -> int:
    """What EXIF says of how a JPEG is turned.

    Args:
        data: The content of the file, or its beginning.

    Returns:
        1 to 8, as EXIF has them: from 5 on height and width change places. 1
        where nothing is said, or nothing of meaning.
    """
    for marker, position in _markers(data):
        exif = position + 4
        if marker == APP1 and data[exif : exif + len(EXIF)] == EXIF:
            end = position + 2 + _number(data, position + 2)
            tags = tiff_tags(data[exif + len(EXIF) : end])
            found = tags.get(ORIENTATION, 1)
            return found if 1 <= found <= 8 else 1
    return 1


def _markers(data: bytes) -> Iterator[tuple[int, int]]:
    """(marker, position) of each marker, up to the start of the pixels.

    What stands between segments is passed over, as decoders do.
    """
    position = data.find(0xFF, len(JPEG_START))
    while 0 <= position <= len(data) - 4:
        marker = data[position + 1]
        if marker in (NO_MARKER, 0xFF):
            position = data.find(0xFF, position + 1)
            continue
        yield marker, position
        if marker == START_OF_SCAN:
            return
        position += 2
        if marker not in BARE_MARKERS:
            position += _number(data, position)
        position = data.find(0xFF, position)


def _number(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 2], "big")
