"""TIFF files by hand: what microscopes and their programs write."""

import pathlib
import struct
import tempfile

import cv2
import numpy as np

SIZES = {3: ("H", 2), 4: ("I", 4)}
FORMATS = {"u": 1, "i": 2, "f": 3}


def tiff(
    pixels,
    order="<",
    big=False,
    gray=1,
    strips=1,
    packed=None,
    palette=None,
    orientation=None,
    planes=False,
):
    """The bytes of a TIFF, not compressed.

    Args:
        pixels: `(height, width)` or `(height, width, channels)` of any type;
            a second and a fourth channel are alpha.
        order: Of the bytes.
        big: Whether it is a BigTIFF.
        gray: 1 if 0 is black, 0 if it is white; 3 with a palette.
        strips: How many strips; a divisor of the height.
        packed: (bits, bytes) of pixels that NumPy has no type for.
        palette: 3 x 2**bits numbers of 16 bits.
        orientation: 1 to 8, as EXIF counts it.
        planes: Whether each channel is a strip of its own.
    """
    pixels = np.asarray(pixels)
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if planes:
        pixels, strips = np.moveaxis(pixels, -1, 0), channels
    stored = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    bits, stored = packed or (8 * pixels.dtype.itemsize, stored)
    size = len(stored) // strips
    tags = [
        (256, 4, [width]),
        (257, 4, [height]),
        (258, 3, [bits] * channels),
        (259, 3, [1]),
        (262, 3, [2 if channels > 2 else gray]),
        (273, 4, [size * strip for strip in range(strips)]),
        *([(274, 3, [orientation])] if orientation else []),
        (277, 3, [channels]),
        (278, 4, [height if planes else height // strips]),
        (279, 4, [size] * strips),
        (284, 3, [1 + planes]),
        *([(320, 3, palette)] if palette else []),
        *([(338, 3, [2])] if channels in (2, 4) else []),
        (339, 3, [FORMATS[pixels.dtype.kind]] * channels),
    ]
    return _header(order, big) + _pages(tags, order, big) + stored


def _header(order, big):
    mark = b"II" if order == "<" else b"MM"
    if big:
        return mark + struct.pack(f"{order}HHHQ", 43, 8, 0, 16)
    return mark + struct.pack(f"{order}HI", 42, 8)


def _pages(tags, order, big):
    """The directory, and behind it what does not fit into it."""
    count, entry, offset, inline, start = (
        ("Q", "HHQ", "Q", 8, 16) if big else ("H", "HHI", "I", 4, 8)
    )
    step = struct.calcsize(order + entry) + inline
    start += struct.calcsize(order + count + offset) + step * len(tags)
    behind = sum(
        len(values) * SIZES[kind][1]
        for _, kind, values in tags
        if len(values) * SIZES[kind][1] > inline
    )
    rows, rest = b"", b""
    for tag, kind, values in tags:
        if tag == 273:
            values = [start + behind + place for place in values]
        raw = struct.pack(f"{order}{len(values)}{SIZES[kind][0]}", *values)
        if len(raw) > inline:
            rest += raw
            raw = struct.pack(order + offset, start + len(rest) - len(raw))
        rows += struct.pack(order + entry, tag, kind, len(values))
        rows += raw.ljust(inline, b"\0")
    number = struct.pack(order + count, len(tags))
    return number + rows + struct.pack(order + offset, 0) + rest


def pages(*pixels):
    """The bytes of a TIFF with an image on each page, as OpenCV writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "pages.tiff")
        assert cv2.imwritemulti(str(path), pixels)
        return path.read_bytes()
