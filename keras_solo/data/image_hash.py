"""What an image looks like, in few numbers: copies of it look alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np

# Pixels of a side of the small image, and of its low frequencies.
SMALL, LOW = 32, 8
# Grey levels: what varies less has no content that could be compared.
LEAST_CONTRAST = 1.5
# Bits in which the hashes of two copies may differ. JPEG's quality 60 at half
# the size changes at most 10 in 993 photos and micrographs.
MOST_BITS = 12
# How far their small images may be apart, as part of the contrast, and grey
# levels that JPEG may change in any case. Copies have at most 0.12 or 0.8.
MOST_DIFFERENCE, MOST_NOISE = 0.17, 1.0
# Rows of the table of distances that are in memory at once.
ROWS = 128


@dataclasses.dataclass(frozen=True, eq=False)
class ImageHash:
    """What an image looks like.

    Args:
        bits: uint8 `(8,)`: 64 bits, which of the lowest 8 x 8 frequencies of
            the small grey image are above their median.
        small: uint8 `(32, 32)`: the small grey image.
        contrast: The standard deviation of its grey levels.
    """

    bits: np.ndarray
    small: np.ndarray
    contrast: float

    @property
    def is_blank(self) -> bool:
        """Whether the image has one colour, or nearly so."""
        return self.contrast < LEAST_CONTRAST


def image_hash(image: np.ndarray) -> ImageHash:
    """What an image looks like, whatever its size and its file format.

    Args:
        image: uint8 RGB array `(height, width, 3)`.

    Returns:
        Its hash. Turned and mirrored images have other ones.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> small = rng.integers(0, 255, (8, 8, 3), np.uint8)
    >>> image = np.kron(small, np.ones((16, 16, 1), np.uint8))
    >>> distance(image_hash(image), image_hash(image[::2, ::2]))
    0

    Source: the perceptual hash of C. Zauner, "Implementation and Benchmarking
    of Perceptual Image Hash Functions" (2010), section 3.2.1: the signs of low
    frequencies of a cosine transform. The constant term is left out here.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SMALL, SMALL), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[:LOW, :LOW].ravel()
    bits = low > np.median(low[1:])
    bits[0] = False
    return ImageHash(np.packbits(bits), small, float(small.std()))


def distance(first: ImageHash, second: ImageHash) -> int:
    """In how many of 64 bits two hashes differ."""
    return int(np.unpackbits(first.bits ^ second.bits).sum())


def look_alike(first: ImageHash, second: ImageHash) -> bool:
    """Whether two images are the same picture, as far as hashes can tell.

    Blank images are like no other.
    """
    if first.is_blank or second.is_blank:
        return False
    if distance(first, second) > MOST_BITS:
        return False
    contrast = min(first.contrast, second.contrast)
    apart = contrast * _difference(first, second)
    return apart <= max(MOST_DIFFERENCE * contrast, MOST_NOISE)


def first_alike(
    images: Sequence[ImageHash | None],
    others: Sequence[ImageHash | None] | None = None,
) -> dict[int, int]:
    """Which images are copies of others.

    Args:
        images: `None` for what could not be decoded.
        others: Where to look for what they are copies of. By default among
            the images that stand before each.

    Returns:
        For each image that looks like another one, the index of the first
        such.

    Example:

    >>> first_alike([None, None])
    {}
    """
    among = images if others is None else others
    rows, ours = _signs(images)
    columns, theirs = (rows, ours) if others is None else _signs(among)
    found: dict[int, int] = {}
    for start in range(0, len(rows), ROWS):
        # Those that stand before the last of these rows, or all others.
        end = start + ROWS if others is None else len(columns)
        # Of 64 products of signs: those that agree less those that differ.
        alike = ours[start : start + ROWS] @ theirs[:end].T
        near = alike >= ours.shape[1] - 2 * MOST_BITS
        for row, candidates in zip(rows[start:], near, strict=False):
            for column in np.flatnonzero(candidates).tolist():
                other = columns[column]
                if others is None and other >= row:
                    break
                first, second = images[row], among[other]
                if first and second and look_alike(first, second):
                    found[row] = other
                    break
    return found


def _signs(images: Sequence[ImageHash | None]) -> tuple[list[int], np.ndarray]:
    """The images that can be compared, and float32 `(n, 64)` of 1 and -1."""
    places = []
    bits = [np.zeros((0, LOW), np.uint8)]
    for place, one in enumerate(images):
        if one is not None and not one.is_blank:
            places.append(place)
            bits.append(one.bits[None])
    return places, 2 * np.unpackbits(np.concatenate(bits), axis=1).astype(
        np.float32
    ) - 1


def _difference(first: ImageHash, second: ImageHash) -> float:
    """Root mean square of what small images of contrast 1 differ in, 0 to 2."""
    one, two = (
        (image.small - np.mean(image.small)) / image.contrast
        for image in (first, second)
    )
    return float(np.sqrt(np.mean((one - two) ** 2)))
