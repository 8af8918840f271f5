"""Which TIFF files are read tile by tile, or strip by strip, and why not.

A picture must not depend on how it was read: what OpenCV decodes in another
way than its tiles are put together here, or not at all, is not read in parts.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

import numpy as np

from keras_solo.geometry.size import Size

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

# Decoded bytes of one tile or strip: a small file can hold gigabytes.
MAX_PART_BYTES = 1 << 27
DTYPES = tuple(
    map(np.dtype, ("u1", "u2", "i1", "i2", "f4", "f8")),
)
# Numbers of the TIFF specification and its supplements.
GRAY, RGB, YCBCR = 1, 2, 6
STORED, JPEG = 1, 7
DEFLATE = (8, 32946)
WITH_IMAGECODECS = {5: "LZW", JPEG: "JPEG", 32773: "PackBits", 50000: "Zstd"}
NO_PREDICTOR, DIFFERENCES, OF_FLOATS = 1, 2, 3
SEPARATE = 2


class NotInParts(Exception):
    """Why a file is not read in parts, as the end of a sentence."""


def opened_tiff(path: str | os.PathLike[str]) -> tuple[TiffFile, TiffPage]:
    """Opens a TIFF whose first page can be read in parts.

    Returns:
        The open file, and its first page.

    Raises:
        NotInParts: If it cannot.
    """
    try:
        import tifffile
    except ImportError as error:
        raise NotInParts(
            'that needs `pip install "keras-solo[tiff]"`'
        ) from error
    try:
        file = tifffile.TiffFile(path)
    except Exception as error:  # of many kinds, for what is damaged
        raise NotInParts(f"its header is damaged: {error}") from error
    try:
        page = file.pages[0]
        reason = why_not(page)
    except Exception as error:
        reason = f"its header is damaged: {error}"
    if reason:
        file.close()
        raise NotInParts(reason)
    return file, page


def why_not(page: TiffPage) -> str | None:
    """Why a page cannot be read in parts; None if it can."""
    if page.imagedepth != 1 or page.tiledepth != 1:
        return "it has a third dimension"
    turned = page.tags.valueof(274, 1)
    if turned != 1:
        return f"its orientation is {turned}, other than 1"
    return _odd_pixels(page) or _odd_coding(page) or _odd_parts(page)


def _odd_pixels(page: TiffPage) -> str | None:
    dtype, bits = page.dtype, page.bitspersample
    if dtype not in DTYPES or bits != 8 * dtype.itemsize:
        return f"its pixels are {page.dtype} of {bits} bits"
    samples, colours = page.samplesperpixel, page.photometric
    compressed_colours = colours == YCBCR and page.compression == JPEG
    if (colours == GRAY and samples == 1) or (
        (colours == RGB or compressed_colours) and samples == 3
    ):
        return None
    # Alpha is dropped.
    if colours == RGB and samples == 4 and dtype.kind == "u":
        return None
    return (
        f"its {samples} channels of {dtype} have the photometric "
        f"interpretation {int(colours)}"
    )


def _odd_coding(page: TiffPage) -> str | None:
    if page.fillorder != 1:
        return "its bits are in reversed order"
    coding, predictor = page.compression, page.predictor
    name = WITH_IMAGECODECS.get(coding, "a predictor of floats")
    known = coding in (STORED, *DEFLATE, *WITH_IMAGECODECS)
    if not known or predictor not in (NO_PREDICTOR, DIFFERENCES, OF_FLOATS):
        return f"its compression is {int(coding)}, its predictor {predictor:d}"
    if coding == JPEG and page.planarconfig == SEPARATE:
        return "its channels are separate JPEGs"
    needs = coding in WITH_IMAGECODECS or predictor == OF_FLOATS
    if needs and importlib.util.find_spec("imagecodecs") is None:
        return f"its compression, {name}, needs `pip install imagecodecs`"
    return None


def _odd_parts(page: TiffPage) -> str | None:
    height, width = part_size(page)
    channels = 1 if page.planarconfig == SEPARATE else page.samplesperpixel
    size = height * width * channels * page.dtype.itemsize
    if size > MAX_PART_BYTES and not is_stored_whole(page):
        return (
            f"a tile or strip of {height} x {width} pixels holds {size} "
            f"bytes, more than {MAX_PART_BYTES}"
        )
    rows, columns = grid(page)
    planes = page.samplesperpixel if page.planarconfig == SEPARATE else 1
    there = min(len(page.dataoffsets), len(page.databytecounts))
    if there < rows * columns * planes and not is_stored_whole(page):
        return f"it has only {there} tiles or strips"
    return None


def part_size(page: TiffPage) -> Size:
    """(height, width) of a tile, or of a strip, in pixels."""
    if page.is_tiled:
        return page.tilelength, page.tilewidth
    return min(page.rowsperstrip, page.imagelength), page.imagewidth


def grid(page: TiffPage) -> Size:
    """How many tiles or strips there are, in rows and columns."""
    height, width = part_size(page)
    return -(-page.imagelength // height), -(-page.imagewidth // width)


def is_stored_whole(page: TiffPage) -> bool:
    """Whether all pixels lie behind each other, as in an array."""
    return bool(page.is_memmappable and page.dataoffsets[0])
