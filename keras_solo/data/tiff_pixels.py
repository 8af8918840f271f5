"""The pixels of a TIFF, tile by tile or strip by strip, never whole."""

from __future__ import annotations

import os
import threading
import zlib
from typing import TYPE_CHECKING

import numpy as np

from keras_solo.data.image_size import image_size
from keras_solo.data.images import ImageError
from keras_solo.data.pixel_source import ArrayPixels, PixelSource
from keras_solo.data.recent_arrays import RecentArrays
from keras_solo.data.tiff_parts import (
    DEFLATE,
    JPEG,
    SEPARATE,
    grid,
    is_stored_whole,
    opened_tiff,
    part_size,
)
from keras_solo.geometry.column_runs import Window
from keras_solo.geometry.size import Size

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

# Decoded tiles or strips that are kept: windows share them.
KEPT_BYTES = 1 << 27
# What may come with a JPEG beside its pixels.
EXTRA_BYTES = 1 << 16


def open_tiff(path: str | os.PathLike[str]) -> PixelSource:
    """Opens the first page of a TIFF to read parts of it.

    Pixels that are stored as in an array are mapped, others are decoded tile
    by tile, or strip by strip. An alpha channel is dropped.

    Raises:
        NotInParts: If the file cannot be read so.
        ImageError: If it is truncated.
    """
    file, page = opened_tiff(path)
    if not is_stored_whole(page):
        return TiffPixels(path, file, page)
    with file:
        return ArrayPixels(_mapped(path, page))


def _mapped(path: str | os.PathLike[str], page: TiffPage) -> np.ndarray:
    channels = page.samplesperpixel
    size = page.imagelength, page.imagewidth
    separate = page.planarconfig == SEPARATE
    shape = (channels, *size) if separate else (*size, channels)
    dtype = page.dtype.newbyteorder(page.parent.byteorder)
    try:
        pixels = np.memmap(path, dtype, "r", page.dataoffsets[0], shape)
    except (OSError, ValueError) as error:
        raise ImageError(f"{path}: the image is truncated: {error}.") from error
    pixels = np.moveaxis(pixels, 0, 2) if separate else pixels
    return pixels[..., 0] if channels == 1 else pixels[..., :3]


class TiffPixels:
    """Pixels of a TIFF's page, of which the last used tiles are kept.

    Several threads may read: one tile after the other is decoded.

    Args:
        path: What error messages call it.
        file: The open file, which is closed at the end.
        page: Its page.
    """

    def __init__(
        self, path: str | os.PathLike[str], file: TiffFile, page: TiffPage
    ) -> None:
        self.size: Size = (page.imagelength, page.imagewidth)
        self.dtype: np.dtype = page.dtype
        self.block: Size = part_size(page)
        self._path = path
        self._file = file
        self._page = page
        self._recent = RecentArrays(KEPT_BYTES)
        self._lock = threading.Lock()

    def pixels(self, window: Window) -> np.ndarray:
        """As `PixelSource.pixels`."""
        x1, y1, x2, y2 = window
        gray = self._page.samplesperpixel == 1
        shape = (y2 - y1, x2 - x1, 1 if gray else 3)
        pixels = np.empty(shape, self.dtype)
        height, width = self.block
        for row in range(y1 // height, -(-y2 // height)):
            for column in range(x1 // width, -(-x2 // width)):
                self._put(pixels, window, row, column)
        return pixels[..., 0] if gray else pixels

    def close(self) -> None:
        """Closes the file."""
        self._recent.clear()
        self._file.close()

    def _put(
        self, pixels: np.ndarray, window: Window, row: int, column: int
    ) -> None:
        """Copies what a window has of a tile."""
        height, width = self.block
        top, left = row * height, column * width
        x1, y1, x2, y2 = window
        rows = slice(max(y1, top), min(y2, top + height))
        columns = slice(max(x1, left), min(x2, left + width))
        place = pixels[_less(rows, y1), _less(columns, x1)]
        rows, columns = _less(rows, top), _less(columns, left)
        if self._page.planarconfig != SEPARATE:
            part = self._part(0, row, column)[rows, columns]
            place[...] = part[..., : place.shape[2]]
            return
        for channel in range(place.shape[2]):
            part = self._part(channel, row, column)[rows, columns]
            place[..., channel] = part[..., 0]

    def _part(self, plane: int, row: int, column: int) -> np.ndarray:
        rows, columns = grid(self._page)
        index = (plane * rows + row) * columns + column
        with self._lock:
            return self._recent.get(index, lambda: self._decoded(index))

    def _decoded(self, index: int) -> np.ndarray:
        """`(h, w, channels)` of a tile or strip."""
        try:
            return decoded_part(self._page, index)
        except Exception as error:  # codecs raise errors of many kinds
            raise ImageError(
                f"{self._path}: tile or strip {index} cannot be decoded: "
                f"{error!s:.200}"
            ) from error


def _less(part: slice, start: int) -> slice:
    return slice(part.start - start, part.stop - start)


def decoded_part(page: TiffPage, index: int) -> np.ndarray:
    """Reads and decodes a tile or strip.

    Args:
        page: A page that can be read in parts.
        index: Of the tile or strip, in the order of the file.

    Returns:
        `(h, w, channels)`; strips at the lower end are smaller. One that is
        not in the file has the page's value for that.

    Raises:
        Exception: Of any kind, if it is damaged.
    """
    height, width = part_size(page)
    channels = 1 if page.planarconfig == SEPARATE else page.samplesperpixel
    shape = (height, width, channels)
    most = height * width * channels * page.dtype.itemsize
    offset, count = page.dataoffsets[index], page.databytecounts[index]
    if not offset or not count:
        return np.full(shape, page.nodata, page.dtype)
    if count > 2 * most + EXTRA_BYTES:
        raise ValueError(f"it has {count} bytes for {most}")
    page.parent.filehandle.seek(offset)
    data = page.parent.filehandle.read(count)
    tables = {}
    if page.compression in DEFLATE:
        # tifffile alone would inflate without a bound.
        data = zlib.compress(zlib.decompressobj().decompress(data, most), 0)
    elif page.compression == JPEG:
        check_jpeg(data, (height, width))
        tables = {"jpegtables": page.jpegtables, "jpegheader": page.jpegheader}
    pixels, _, _ = page.decode(data, index, **tables)
    return pixels[0]


def check_jpeg(data: bytes, most: Size) -> None:
    """A JPEG is not larger than its tile, before it is decoded.

    Raises:
        ValueError: If it is.
    """
    size = image_size(data)
    if size is None or size[0] > most[0] or size[1] > most[1]:
        raise ValueError(f"expected a JPEG of {most} pixels, found {size}")
