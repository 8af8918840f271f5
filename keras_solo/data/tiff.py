"""The tags of a TIFF, which also hold what EXIF says of a photo."""

from __future__ import annotations

import mmap
import os

import numpy as np

from keras_solo.geometry.size import Size

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Bytes of one number of a type: SHORT, LONG, LONG8. Others are not read.
TYPES = {3: 2, 4: 4, 16: 8}
MOST_TAGS = 4096
TIFF_WIDTH, TIFF_HEIGHT = 256, 257
BITS, ORIENTATION, SAMPLES, PLANES = 258, 274, 277, 284
SEPARATE = 2
# The steps along stored rows and columns, of EXIF's orientations.
STEPS = {
    **{1: (1, 1), 2: (1, -1), 3: (-1, -1), 4: (-1, 1)},
    **{5: (1, 1), 6: (-1, 1), 7: (-1, -1), 8: (1, -1)},
}
# From this one on height and width are exchanged.
TRANSPOSED = 5


def is_tiff(data: bytes) -> bool:
    """Whether the content of a file begins as a TIFF (or BigTIFF) does."""
    return data.startswith(STARTS)


def tiff_file_size(path: str | os.PathLike[str]) -> Size | None:
    """The size of a TIFF, of which no more than its tags is read.

    Args:
        path: Any file, or none.

    Returns:
        (height, width) of the first image; None of what is no TIFF, or cannot
        be read.
    """
    try:
        with (
            open(path, "rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            tags = tiff_tags(data) if is_tiff(data[:4]) else {}
    except (OSError, ValueError):
        return None
    if TIFF_WIDTH not in tags or TIFF_HEIGHT not in tags:
        return None
    return tags[TIFF_HEIGHT], tags[TIFF_WIDTH]


def tiff_tags(data: bytes | mmap.mmap) -> dict[int, int]:
    """The whole numbers among the tags of the first image.

    Args:
        data: The content of a TIFF file, or what EXIF has of one.

    Returns:
        The first number of each tag of type SHORT, LONG or LONG8, by the
        number of the tag; of a tag that is there twice, the larger.

    Example:

    >>> import struct
    >>> entry = struct.pack("<HHII", 256, 3, 1, 7)
    >>> tiff_tags(struct.pack("<2sHIH", b"II", 42, 8, 1) + entry)
    {256: 7}
    """
    order = "little" if data[:1] == b"I" else "big"

    def number(place: int, count: int) -> int:
        return int.from_bytes(data[place : place + count], order)  # type: ignore[arg-type]

    big = number(2, 2) == 43
    start = number(8, 8) if big else number(4, 4)
    first, step, value = (8, 20, 12) if big else (2, 12, 8)
    room = step - value
    count = min(number(start, first), MOST_TAGS)
    tags: dict[int, int] = {}
    for place in range(start + first, start + first + count * step, step):
        if place + step > len(data):
            break
        tag, type_ = number(place, 2), number(place + 2, 2)
        if type_ not in TYPES:
            continue
        bytes_, at = number(place + 4, value - 4) * TYPES[type_], place + value
        if bytes_ > room:  # they are elsewhere
            at = number(at, room)
        found = number(at, TYPES[type_])
        tags[tag] = max(found, tags.get(tag, 0))
    return tags


def tiff_orientation(data: bytes) -> int:
    """How a TIFF is to be turned, as EXIF counts it: 1 is upright, to 8.

    Args:
        data: The content of a file of any format; 1 of what is no TIFF.
    """
    found = tiff_tags(data).get(ORIENTATION, 1) if is_tiff(data) else 1
    return found if 1 <= found <= 8 else 1


def unturned(image: np.ndarray, orientation: int) -> np.ndarray:
    """An image as it was before it was turned.

    Args:
        image: `(height, width, ...)`, turned as `orientation` says.
        orientation: 1 to 8, as EXIF counts it; from 5 on height and width
            were exchanged.
    """
    if orientation >= TRANSPOSED:
        image = image.swapaxes(0, 1)
    rows, columns = STEPS[orientation]
    return np.ascontiguousarray(image[::rows, ::columns])


def has_deep_planes(data: bytes) -> bool:
    """Whether a TIFF has each channel by itself, with more than 8 bits.

    OpenCV (4.8 to 5.0) takes one channel's pixels for all of them there.

    Args:
        data: The content of a file of any format.
    """
    if not is_tiff(data):
        return False
    tags = tiff_tags(data)
    separate = tags.get(PLANES) == SEPARATE and tags.get(SAMPLES, 1) > 1
    return separate and tags.get(BITS, 1) > 8


def is_reduced_to_8_bits(data: bytes) -> bool:
    """Whether OpenCV decodes only the upper 8 bits of a TIFF.

    It does so with two channels, grey and alpha.

    Args:
        data: The content of a file of any format.
    """
    if not is_tiff(data):
        return False
    tags = tiff_tags(data)
    return tags.get(SAMPLES) == 2 and tags.get(BITS, 0) > 8
