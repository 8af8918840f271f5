"""The size of an image, read from its file without decoding it.

A file of a megabyte can hold an image of gigabytes. What its header says is
known before any of it is decoded, in each format that OpenCV reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from keras_solo.data.jpeg import is_jpeg, jpeg_size
from keras_solo.data.tiff import (
    TIFF_HEIGHT,
    TIFF_WIDTH,
    is_tiff,
    tiff_tags,
)
from keras_solo.geometry.size import Size

KNOWN = "JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF, JPEG 2000, PNM, PAM, Sun"
# How far into a file the boxes of AVIF and JPEG 2000 may say something.
HEADER = 1 << 16


def image_size(data: bytes) -> Size | None:
    """What the header of an image file says.

    Args:
        data: The content of the file.

    Returns:
        (height, width) of the pixels as they are stored; `None` where the
        file is of no known format, or does not say.

    Example:

    >>> image_size(b"P6 640 480 255 ...")
    (480, 640)
    """
    for begins, read in READERS:
        if begins(data):
            size = read(data)
            return size if size and min(size) > 0 else None
    return None


def _big(data: bytes, place: int, count: int) -> int:
    return int.from_bytes(data[place : place + count], "big")


def _little(data: bytes, place: int, count: int) -> int:
    return int.from_bytes(data[place : place + count], "little")


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


def _png(data: bytes) -> Size:
    return _big(data, 20, 4), _big(data, 16, 4)


def _gif(data: bytes) -> Size:
    return _little(data, 8, 2), _little(data, 6, 2)


def _sun(data: bytes) -> Size:
    return _big(data, 8, 4), _big(data, 4, 4)


def _bmp(data: bytes) -> Size:
    if _little(data, 14, 4) == 12:  # the header of OS/2
        return _little(data, 20, 2), _little(data, 18, 2)
    # A negative height: from the top down.
    height = int.from_bytes(data[22:26], "little", signed=True)
    return abs(height), _little(data, 18, 4)


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _webp(data: bytes) -> Size | None:
    kind = data[12:16] if len(data) >= 30 else b""
    if kind == b"VP8X":
        return _little(data, 27, 3) + 1, _little(data, 24, 3) + 1
    if kind == b"VP8L":
        bits = _little(data, 21, 4)
        return (bits >> 14) % (1 << 14) + 1, bits % (1 << 14) + 1
    if kind == b"VP8 ":
        return _little(data, 28, 2) & 0x3FFF, _little(data, 26, 2) & 0x3FFF
    return None


def _tiff(data: bytes) -> Size:
    tags = tiff_tags(data)
    return tags.get(TIFF_HEIGHT, 0), tags.get(TIFF_WIDTH, 0)


def _is_avif(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and b"avi" in data[8 : 8 + HEADER]


def _avif(data: bytes) -> Size | None:
    """The largest of its parts: one of them is the whole."""
    sizes = [
        (_big(data, found.end() + 8, 4), _big(data, found.end() + 4, 4))
        for found in re.finditer(b"ispe", data[:HEADER])
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _jpeg_2000(data: bytes) -> Size | None:
    """Of the marker SIZ: right and lower end, less the offset."""
    place = data[:HEADER].find(b"\xff\x4f\xff\x51")
    if place < 0:
        return None
    right, lower, left, upper = (
        _big(data, place + offset, 4) for offset in (8, 12, 16, 20)
    )
    return lower - upper, right - left


def _text(pattern: bytes) -> Callable[[bytes], Size | None]:
    """Of a text header: a pattern with `height` and `width`."""
    compiled = re.compile(pattern)

    def read(data: bytes) -> Size | None:
        found = compiled.match(data[:HEADER])
        if found is None or len(found["height"] + found["width"]) > 20:
            return None
        return int(found["height"]), int(found["width"])

    return read


_SPACE = rb"(?:\s|#[^\n]*\n)+"
_PNM = rb"P." + _SPACE + rb"(?P<width>\d+)" + _SPACE + rb"(?P<height>\d+)\s"

READERS: tuple[
    tuple[Callable[[bytes], bool], Callable[[bytes], Size | None]], ...
] = (
    (is_jpeg, jpeg_size),
    (_starts(b"\x89PNG\r\n\x1a\n"), _png),
    (_is_webp, _webp),
    (is_tiff, _tiff),
    (_starts(b"BM"), _bmp),
    (_starts(b"GIF87a", b"GIF89a"), _gif),
    (_is_avif, _avif),
    (_starts(b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51"), _jpeg_2000),
    (
        _starts(b"P7"),
        _text(
            rb"(?s)(?=.*?\nWIDTH\s+(?P<width>\d+)\s)"
            rb"(?=.*?\nHEIGHT\s+(?P<height>\d+)\s)"
        ),
    ),
    (_starts(*(b"P%d" % kind for kind in range(1, 7))), _text(_PNM)),
    (_starts(b"\x59\xa6\x6a\x95"), _sun),
)
