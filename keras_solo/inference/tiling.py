"""How a large image is cut into tiles."""

from __future__ import annotations

import dataclasses
import math

from keras_solo.data.images import MAX_PIXELS
from keras_solo.geometry import Letterbox
from keras_solo.geometry.size import Size, checked_size

# In pixels of the image, a side. With less there are more tiles than sense.
SMALLEST_PIECE = 8


@dataclasses.dataclass(frozen=True)
class Tiling:
    """How large images are cut into tiles that a model takes one by one.

    A tile is a part of the image at a scale of your choice: one at which
    objects are as large as those that the model was trained on. Neighbours
    share a margin, where what they found is compared, and joined.

    Args:
        tile: (height, width) in pixels of the scaled image. By default the
            `image_size` of the model's `preprocessor`. It must be a size that
            the `preprocessor` leaves as it is.
        overlap: The part of a tile that neighbours share at least, from 0 to
            below 1. Nothing is joined at 0. An object is seen whole by some
            tile if it is no larger than `overlap` times the tile.
        scale: Pixels of the scaled image a pixel of the original: 0.5 halves
            the image, 2 doubles it.
        whole: Whether the whole image is looked at once as well, made small,
            for objects that no tile can hold.

    Raises:
        ValueError: If one of them is impossible.

    Example:

    >>> tiling = Tiling(scale=0.5)
    >>> tiling.piece(Letterbox((320, 320)))
    (640, 640)
    """

    tile: Size | None = None
    overlap: float = 0.25
    scale: float = 1.0
    whole: bool = True

    def __post_init__(self) -> None:
        if self.tile is not None:
            object.__setattr__(self, "tile", checked_size(self.tile))
        if not 0 <= self.overlap < 1:
            raise ValueError(
                "Expected an overlap from 0 to below 1, the part of a tile "
                "that its neighbour shares. "
                f"Received: overlap={self.overlap}"
            )
        if not 0 < self.scale < math.inf:
            raise ValueError(
                "Expected a scale above 0, pixels of the scaled image a pixel "
                f"of the original. Received: scale={self.scale}"
            )

    def piece(self, letterbox: Letterbox) -> Size:
        """(height, width) in original pixels of what becomes a tile.

        Args:
            letterbox: The model's `preprocessor`.

        Raises:
            ValueError: If it would make the tile larger or smaller, if the
                scale is so small that a tile would not fit in memory, or so
                large that it would see next to nothing.
        """
        tile = self.tile or letterbox.image_size
        kept = letterbox.resized_size(tile)
        if kept != tile:
            raise ValueError(
                "Expected a tile (height, width) that the model's "
                "preprocessor leaves as it is, such as "
                f"{letterbox.image_size}; choose scale to see objects larger "
                f"or smaller. Received: tile={tile}, which becomes {kept}"
            )
        height, width = (round(side / self.scale) for side in tile)
        if min(height, width) < SMALLEST_PIECE:
            raise ValueError(
                "Expected a scale at which a tile sees at least "
                f"{SMALLEST_PIECE} pixels of the image a side. Received: "
                f"scale={self.scale}, at which a tile of {tile} sees "
                f"{height} x {width} (height x width)"
            )
        if height * width > MAX_PIXELS:
            raise ValueError(
                f"Expected a scale at which a tile is at most {MAX_PIXELS:,} "
                f"pixels of the image. Received: scale={self.scale}, at which "
                f"it is {height} x {width} (height x width)"
            )
        return height, width
