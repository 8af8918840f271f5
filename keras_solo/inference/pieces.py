"""The images that a model takes of a large one: its tiles, and the whole."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.instances import Instances
from keras_solo.data.reduced_image import reduction
from keras_solo.data.windows import Windows
from keras_solo.geometry import Letterbox
from keras_solo.geometry.size import Size
from keras_solo.geometry.tiles import Tile, tiles
from keras_solo.inference.fragments import Fragments, enlarged, placed
from keras_solo.inference.large_objects import WHOLE, are_large, with_large
from keras_solo.inference.seams import grouped, meeting_at_seams
from keras_solo.inference.stitching import Objects, stitched
from keras_solo.inference.suppression import Suppressing, suppressed
from keras_solo.inference.tiling import Tiling

# A mask may be so many points of its grid away from a border that cuts it.
REACH = 2


class Pieces:
    """One image in pieces, and what was found in them so far.

    Args:
        windows: The image. It is read while pieces are drawn.
        letterbox: The model's `preprocessor`.
        tiling: How it is cut.
    """

    def __init__(
        self, windows: Windows, letterbox: Letterbox, tiling: Tiling
    ) -> None:
        self.size: Size = windows.size
        self.image: np.ndarray | None = windows.image
        self.letterbox = letterbox
        self.piece: Size = tiling.piece(letterbox)
        self.tiles: list[Tile] = tiles(self.size, self.piece, tiling.overlap)
        self.whole: bool = tiling.whole and len(self.tiles) > 1
        self.reach: int = math.ceil(
            REACH * letterbox.mask_stride / tiling.scale
        )
        self._windows = windows
        self._found: list[Instances] = []

    def __len__(self) -> int:
        return len(self.tiles) + self.whole

    @property
    def done(self) -> int:
        """In how many pieces something has been looked for."""
        return len(self._found)

    def drawn(self) -> Iterator[np.ndarray]:
        """The pixels of each piece, uint8 `(h, w, 3)`; the whole comes last.

        Tiles are of one size: beside a smaller image they are padded.

        Raises:
            ImageError: If a part of a file is damaged.
        """
        for tile in self.tiles:
            yield self._padded(self._windows.read(tile.window))
        if self.whole:
            yield self._windows.reduced(self._least)

    @property
    def _least(self) -> Size:
        return self.letterbox.resized_size(self.size)

    def _padded(self, pixels: np.ndarray) -> np.ndarray:
        height, width, _ = pixels.shape
        if (height, width) == self.piece:
            return pixels
        padded = np.empty((*self.piece, 3), np.uint8)
        padded[:] = np.rint(self.letterbox.pad_value).astype(np.uint8)
        padded[:height, :width] = pixels
        return padded

    # === What was found ===

    def add(self, found: Instances) -> None:
        """Keeps what was found in the next piece."""
        number, masks = len(self._found), found.compact_masks
        if number < len(self.tiles):
            window = self.tiles[number].window
            runs = placed(masks, window, self.size)
        else:
            factor = reduction(self.size, self._least)
            runs = enlarged(masks, factor, self.size)
        masks = CompactMasks(tuple(runs), self.size)
        # Without the pixels of the piece, and without what is padding alone.
        self._found.append(
            Instances(
                compact_masks=masks, labels=found.labels, scores=found.scores
            )[masks.areas > 0]
        )

    def objects(self, decoder: Suppressing) -> Objects:
        """The objects of the whole image, when all pieces were added.

        Args:
            decoder: The model's.
        """
        fragments = self._fragments(self._found[: len(self.tiles)])
        seams = meeting_at_seams(fragments)
        objects = stitched(fragments, grouped(fragments, seams), seams)
        for found in self._found[len(self.tiles) :]:
            objects = with_large(objects, self._large(found))
        return suppressed(objects, decoder)

    def _fragments(self, found: list[Instances]) -> Fragments:
        counts = [len(one) for one in found]
        return Fragments(
            CompactMasks(
                tuple(runs for one in found for runs in one.compact_masks.runs),
                self.size,
            ),
            np.concatenate([one.labels for one in found]),
            np.concatenate([one.scores for one in found]),
            np.repeat(np.arange(len(found)), counts),
            self.tiles,
            self.reach,
        )

    def _large(self, found: Instances) -> Objects:
        large = found[are_large(found.compact_masks, self.tiles, self.reach)]
        return Objects(
            large.compact_masks,
            large.labels,
            large.scores,
            [frozenset([WHOLE])] * len(large),
            np.zeros(len(large), bool),
        )
