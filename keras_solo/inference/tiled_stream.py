"""A stream of large images in, the instances of each out, by tiles."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import numpy as np

from keras_solo.data.image_source import ImageSource
from keras_solo.data.images import MAX_PIXELS, ImageError
from keras_solo.data.instances import Instances
from keras_solo.data.windows import open_windows
from keras_solo.inference.pieces import Pieces
from keras_solo.inference.placed_model import Placeable, placed_model
from keras_solo.inference.tile_progress import TileProgress
from keras_solo.inference.tiling import Tiling
from keras_solo.models.around_solov2 import inside
from keras_solo.models.mask_dtype import MaskDtype
from keras_solo.models.segment_stream import check_iterable, segment_stream

# Parts of an object may have lower scores than the object.
PART_OF_MIN_SCORE = 0.5


def tiled_stream(
    model: Placeable,
    images: Iterable[ImageSource],
    tiling: Tiling | None = None,
    batch_size: int = 8,
    *,
    on_error: Literal["raise", "skip"] = "raise",
    min_score: float = 0.0,
    mask_dtype: MaskDtype = "float32",
    max_pixels: int = MAX_PIXELS,
    verbose: str | int = 0,
) -> Iterator[tuple[int, Instances | ImageError]]:
    """Finds the instances of large images, tile by tile.

    The tiles of all images go through one `segment_stream`, so that batches
    are full where images have few tiles, and no more pixels wait than those
    of the tiles in flight. See `segment_tiled` for what becomes of them.

    Args:
        model: A `SOLOv2`. It is not changed.
        images: Paths, arrays, also memory-mapped, or functions that return
            an array. They are drawn as they are needed.
        tiling: How images are cut, `Tiling()` by default.
        batch_size: Tiles that are predicted at once.
        on_error: What becomes of an image that cannot be read: `"raise"`, or
            `"skip"`, which yields the error.
        min_score: Instances with a lower score are left out.
        mask_dtype: `"float32"` or `"uint8"`, see `SOLOv2.segment`.
        max_pixels: Larger files are refused where they are decoded whole.
        verbose: What is said of the tiles of each image: 0 for silence, 1 for
            a progress bar, 2 for a line now and then. `"auto"` says nothing
            of images with fewer than 64 tiles.

    Yields:
        `(index, Instances)` in the order of the images; with
        `on_error="skip"` also `(index, ImageError)`.

    Raises:
        ValueError: If the tiling does not fit the model's `preprocessor`, or
            there is something else among the images.
        ImageError: If one cannot be read, with `on_error="raise"`, after what
            was found in the images before it.
    """
    tiling = Tiling() if tiling is None else tiling
    on_piece = TileProgress(verbose)
    stream = TiledStream(inside(model), tiling, min_score, max_pixels, on_piece)
    return stream.results(images, batch_size, on_error, mask_dtype)


@dataclasses.dataclass
class _End:
    """Where all pieces of an image have been drawn, or no more can be."""

    index: int
    result: Pieces | ImageError


class TiledStream:
    """Pieces go out in the order of the images, and come back in it.

    Args:
        model: As in `tiled_stream`.
        tiling: Likewise.
        min_score: Likewise.
        max_pixels: Likewise.
        on_piece: Is told how many pieces of how many of an image are done.
    """

    def __init__(
        self,
        model: Placeable,
        tiling: Tiling,
        min_score: float,
        max_pixels: int,
        on_piece: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:
        tiling.piece(model.preprocessor)  # raises if it does not fit
        self.model = model
        self.tiling = tiling
        self.min_score = min_score
        self.max_pixels = max_pixels
        self.on_piece = on_piece
        # The pieces that are drawn and not predicted yet, with their ends.
        self.drawn: collections.deque[Pieces | _End] = collections.deque()

    def results(
        self,
        images: Iterable[ImageSource],
        batch_size: int,
        on_error: Literal["raise", "skip"],
        mask_dtype: MaskDtype,
    ) -> Iterator[tuple[int, Instances | ImageError]]:
        check_iterable(images)
        skip = on_error == "skip"
        found = segment_stream(
            placed_model(self.model, self.model.preprocessor),
            self._pixels(images, skip),
            batch_size,
            on_error=on_error,
            min_score=self.min_score * PART_OF_MIN_SCORE,
            mask_dtype=mask_dtype,
        )
        return self._joined(found, skip)

    def _pixels(
        self, images: Iterable[ImageSource], skip: bool
    ) -> Iterator[np.ndarray]:
        """The pixels of all pieces, drawn as they are needed."""
        letterbox = self.model.preprocessor
        for index, image in enumerate(images):
            result: Pieces | ImageError
            try:
                with open_windows(
                    image, letterbox.intensity, self.max_pixels
                ) as windows:
                    result = Pieces(windows, letterbox, self.tiling)
                    for pixels in result.drawn():
                        self.drawn.append(result)
                        yield pixels
            except ImageError as error:
                result = error
            self.drawn.append(_End(index, result))
            if isinstance(result, ImageError) and not skip:
                return

    def _joined(
        self,
        found: Iterator[tuple[int, Instances | ImageError]],
        skip: bool,
    ) -> Iterator[tuple[int, Instances | ImageError]]:
        for _, instances in found:
            yield from self._ended(skip)
            pieces = self.drawn.popleft()
            if isinstance(pieces, Pieces) and isinstance(instances, Instances):
                pieces.add(instances)
                self.on_piece(pieces.done, len(pieces))
            yield from self._ended(skip)
        yield from self._ended(skip)

    def _ended(
        self, skip: bool
    ) -> Iterator[tuple[int, Instances | ImageError]]:
        """What is next to come of the images whose end is in front."""
        while self.drawn and isinstance(end := self.drawn[0], _End):
            self.drawn.popleft()
            if isinstance(end.result, Pieces):
                yield end.index, self._instances(end.result)
            elif skip:
                yield end.index, end.result
            else:
                raise end.result

    def _instances(self, pieces: Pieces) -> Instances:
        model = self.model
        objects = pieces.objects(model.decoder)
        objects = objects[objects.scores >= self.min_score]
        return Instances(
            compact_masks=objects.masks,
            labels=objects.labels,
            scores=objects.scores,
            class_names=model.class_names,
            category_ids=model.category_ids,
            image=pieces.image,
        )
