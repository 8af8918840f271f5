"""Tiles that cover an image, evenly laid, as large as one another."""

from __future__ import annotations

import dataclasses
import math

from keras_solo.geometry.column_runs import Window
from keras_solo.geometry.size import Size


@dataclasses.dataclass(frozen=True)
class Tile:
    """A part of an image, and where it is the one that knows best.

    Args:
        window: What it sees, xyxy in original pixels, x2 and y2 exclusive.
        core: The part of the window whose pixels are farther from its inner
            borders than from those of its neighbours, in the same pixels.
            The cores of all tiles are the image, each pixel once.
    """

    window: Window
    core: Window


def tiles(size: Size, tile: Size, overlap: float) -> list[Tile]:
    """Covers an image with tiles, row by row.

    All are of one size. They lie as evenly as whole pixels allow, so that
    neighbours share at least what is wanted; the last ends where the image
    does. Of an image smaller than a tile the one tile ends there, too.

    Args:
        size: (height, width) of the image in pixels.
        tile: (height, width) of a tile in pixels of the image.
        overlap: The part of a tile that neighbours share, at least; 0 or
            more, below 1.

    Example:

    >>> [tile.window for tile in tiles((10, 25), (10, 10), 0.2)]
    [(0, 0, 10, 10), (7, 0, 17, 10), (15, 0, 25, 10)]
    >>> [tile.core for tile in tiles((10, 25), (10, 10), 0.2)]
    [(0, 0, 8, 10), (8, 0, 16, 10), (16, 0, 25, 10)]
    """
    columns = list(zip(*_spans(size[1], tile[1], overlap), strict=True))
    return [
        Tile((x1, y1, x2, y2), (core_x1, core_y1, core_x2, core_y2))
        for (y1, y2), (core_y1, core_y2) in zip(
            *_spans(size[0], tile[0], overlap), strict=True
        )
        for (x1, x2), (core_x1, core_x2) in columns
    ]


Span = tuple[int, int]


def _spans(
    side: int, tile: int, overlap: float
) -> tuple[list[Span], list[Span]]:
    """Where tiles start and stop along a side, and where their cores do."""
    step = max(1, math.floor(tile * (1 - overlap) + 1e-9))
    gaps = max(0, -(-(side - tile) // step))
    starts = [place * (side - tile) // max(gaps, 1) for place in range(gaps)]
    starts.append(max(side - tile, 0))
    spans = [(start, min(start + tile, side)) for start in starts]
    edges = [
        (spans[place + 1][0] + spans[place][1]) // 2 for place in range(gaps)
    ]
    return spans, list(zip([0, *edges], [*edges, side], strict=True))
