"""Windows of images that need not be in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from keras_solo.data.image_source import OneImage, checked_array
from keras_solo.data.images import (
    BY_TYPE,
    MAX_PIXELS,
    ImageError,
    load_image,
    too_many_pixels,
)
from keras_solo.data.pixel_source import ArrayPixels, PixelSource, blocks
from keras_solo.data.reduced_image import reduced_image, reduction
from keras_solo.data.tiff import tiff_file_size
from keras_solo.data.tiff_parts import NotInParts
from keras_solo.data.tiff_pixels import open_tiff
from keras_solo.geometry.column_runs import Window
from keras_solo.geometry.intensity import FixedIntensity, Intensity
from keras_solo.geometry.size import Size, checked_size

# A TIFF of up to so many pixels is decoded whole: 100 MB.
WHOLE_PIXELS = 1 << 25
# Percentiles of floats are those of about so many pixels, at most.
MOST_SAMPLED = 1 << 24


class Windows(Protocol):
    """An image of which windows are read; a with-statement closes it.

    Attributes:
        size: (height, width) in original pixels.
        image: The whole, uint8 `(height, width, 3)`, where it is in memory as
            such; else None.
    """

    @property
    def size(self) -> Size: ...

    @property
    def image(self) -> np.ndarray | None: ...

    def read(self, window: Window) -> np.ndarray:
        """Reads a part of the image.

        Args:
            window: xyxy in original pixels, x2 and y2 exclusive.

        Returns:
            uint8 array `(y2 - y1, x2 - x1, 3)`, RGB. Not to be written to: it
            may be a view of the image.

        Raises:
            ValueError: If the window is empty, or not within the image.
            ImageError: If this part of a file is damaged.
        """

    def reduced(self, at_least: Size) -> np.ndarray:
        """Reads the whole image at a part of its size, bounded in memory.

        Each pixel is the average of a square of pixels: as large a one as
        leaves enough of them.

        Args:
            at_least: (height, width) in pixels: no side becomes smaller,
                unless the image is smaller.

        Returns:
            uint8 array `(h, w, 3)`, RGB.

        Raises:
            ImageError: If a part of a file is damaged.
        """

    def close(self) -> None:
        """Closes the file, if there is one."""

    def __enter__(self) -> Windows: ...

    def __exit__(self, *error: object) -> None: ...


def open_windows(
    source: OneImage | Callable[[], np.ndarray],
    intensity: Intensity = BY_TYPE,
    max_pixels: int = MAX_PIXELS,
) -> Windows:
    """Opens an image to read windows of it.

    Arrays stay where they are: of a memory-mapped one each window is read when
    it is asked for. Image files are decoded whole, but TIFFs of more than 33
    million pixels: with the package `tifffile` of `keras-solo[tiff]` these are
    read tile by tile, or strip by strip. There are some that cannot be read so
    (a palette, an orientation, packed bits, strips of more than 134 MB): they
    are decoded whole, too.

    Intensities are those of the whole image whatever window is read, so that
    windows join without seams. Percentiles are found once, here, block by
    block: exactly for 8 and 16 bits. Of an image with more than 16 million
    pixels of other types they are those of a regular sample, every second
    row and column, or every third, and so on.

    Args:
        source: A path, an array, or a function that returns one. An array is
            uint8 RGB `(height, width, 3)`; by percentiles also of other
            integers and floats, or `(height, width)`.
        intensity: How pixels become 8 bits.
        max_pixels: Larger images are refused where they are decoded whole.

    Raises:
        ImageError: If a file cannot be read. Where an optional package would
            help, the message names it.
        ValueError: If `source` is something else.

    Example:

    >>> image = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    >>> with open_windows(image) as windows:
    ...     windows.read((1, 0, 5, 2)).shape, windows.reduced((2, 2)).shape
    ((2, 4, 3), (2, 3, 3))
    """
    if isinstance(source, str | os.PathLike):
        return _of_file(source, intensity, max_pixels)
    image = source() if callable(source) else source
    pixels = ArrayPixels(checked_array(image, intensity))
    return ScaledWindows(pixels, fixed_intensity(pixels, intensity))


def _of_file(
    path: str | os.PathLike[str], intensity: Intensity, max_pixels: int
) -> Windows:
    size = tiff_file_size(path)
    pixels = size[0] * size[1] if size else 0
    if size is None or pixels <= min(max_pixels, WHOLE_PIXELS):
        return _decoded_whole(path, intensity, max_pixels)
    try:
        source = open_tiff(path)
    except NotInParts as error:
        if pixels <= max_pixels:
            return _decoded_whole(path, intensity, max_pixels)
        message = too_many_pixels(path, size, max_pixels)
        raise ImageError(
            f"{message} It is not read in parts: {error}."
        ) from error
    try:
        intensity.to_uint8(np.zeros((1, 1), source.dtype))
        return ScaledWindows(source, fixed_intensity(source, intensity))
    except ValueError as error:
        source.close()
        if isinstance(error, ImageError):
            raise
        raise ImageError(f"{path}: {error}") from error


def _decoded_whole(
    path: str | os.PathLike[str], intensity: Intensity, max_pixels: int
) -> Windows:
    image = load_image(
        path,
        exif_orientation=True,
        max_pixels=max_pixels,
        intensity=intensity,
    )
    return ScaledWindows(ArrayPixels(image), FixedIntensity())


def fixed_intensity(
    source: PixelSource, intensity: Intensity
) -> FixedIntensity:
    """What an intensity is for all parts of an image.

    Args:
        source: The whole image.
        intensity: By type, nothing is read.
    """
    step = 1
    if source.dtype not in (np.uint8, np.uint16):
        step = sampled_every(source.size)
    return intensity.of_blocks(_sampled(source, step))


def sampled_every(size: Size) -> int:
    """Of how many rows, and columns, one is looked at.

    Example:

    >>> sampled_every((4096, 4096)), sampled_every((8192, 8192))
    (1, 2)
    """
    step = 1
    while -(-size[0] // step) * -(-size[1] // step) > MOST_SAMPLED:
        step += 1
    return step


def _sampled(source: PixelSource, step: int) -> Iterator[np.ndarray]:
    for window in blocks(source.size, source.block):
        x, y = -window[0] % step, -window[1] % step
        part = source.pixels(window)
        # A view would keep the whole block.
        yield part[y::step, x::step].copy() if step > 1 else part


class ScaledWindows:
    """Windows of stored pixels, scaled to 8 bits.

    Args:
        source: Where the pixels are.
        intensity: What scales each part of them alike.
    """

    def __init__(self, source: PixelSource, intensity: FixedIntensity) -> None:
        self.source = source
        self.intensity = intensity
        self.size: Size = source.size

    @property
    def image(self) -> np.ndarray | None:
        """The whole, where it is in memory as uint8 RGB."""
        source = self.source
        if not isinstance(source, ArrayPixels) or source.map is not None:
            return None
        return None if self.intensity.stretches else source.array

    def read(self, window: Window) -> np.ndarray:
        """As `Windows.read`."""
        x1, y1, x2, y2 = window
        height, width = self.size
        if not (0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height):
            raise ValueError(
                "Expected a window (x1, y1, x2, y2) within an image of "
                f"{height} x {width} pixels (height x width). Received: "
                f"{window}"
            )
        return self.intensity.to_rgb(self.source.pixels(window))

    def reduced(self, at_least: Size) -> np.ndarray:
        """As `Windows.reduced`."""
        factor = reduction(self.size, checked_size(at_least))
        if factor == 1 and self.image is not None:
            return self.image
        return reduced_image(self.read, self.size, factor, self.source.block)

    def close(self) -> None:
        """As `Windows.close`."""
        self.source.close()

    def __enter__(self) -> Windows:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
