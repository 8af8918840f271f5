"""A large image in, its instances out, by tiles."""

from __future__ import annotations

from keras_solo.data.image_source import ImageSource
from keras_solo.data.images import MAX_PIXELS
from keras_solo.data.instances import Instances
from keras_solo.geometry.size import Size
from keras_solo.inference.placed_model import Placeable
from keras_solo.inference.tiled_stream import tiled_stream
from keras_solo.inference.tiling import Tiling
from keras_solo.models.mask_dtype import MaskDtype


def segment_tiled(
    model: Placeable,
    image: ImageSource,
    tile: Size | None = None,
    overlap: float = 0.25,
    scale: float = 1.0,
    *,
    whole: bool = True,
    batch_size: int = 8,
    min_score: float = 0.0,
    mask_dtype: MaskDtype = "float32",
    max_pixels: int = MAX_PIXELS,
    verbose: str | int = "auto",
) -> Instances:
    """Finds the instances of a large image, tile by tile.

    A model that shrinks a large image to its canvas loses what is small. Here
    the image is cut into tiles at a scale that the model was trained for, and
    what is found in them is put together:

    - Detections of neighbouring tiles are of one object if they are of one
      class and their masks agree in the margin that both tiles see. So an
      object on the border of two tiles, or on the corner of four, comes out
      once and whole. Where one of the tiles sees all of it, that one decides.
    - A detection that a border cuts off is left out where a neighbour sees
      the whole object, or more of it.
    - The whole image is looked at once as well, made small, for objects that
      no tile can hold.
    - Scores of masks that overlap are decayed by Matrix NMS, as the model's
      `decoder` does it, where no tile has compared them.

    Memory holds the tiles of a few batches and the results. An image in memory
    is taken as it is; of memory-mapped arrays and of TIFF files of tiles or
    strips only the tiles at hand are read. An image smaller than a tile is
    padded, so that the scale is the same.

    Args:
        model: A `SOLOv2`.
        image: A path, a `(height, width, 3)` uint8 RGB array, also
            memory-mapped, or a function that returns one. A `preprocessor`
            that scales by percentiles takes arrays of other numbers and in
            grey, too; the percentiles are those of the whole image.
        tile: (height, width) of a tile, in pixels of the scaled image. By
            default the `image_size` of the model's `preprocessor`.
        overlap: The part of a tile that neighbours share at least. An object
            is seen whole by some tile if it is smaller than this part of it.
        scale: Pixels of the scaled image a pixel of the original.
        whole: Whether the whole image is looked at as well.
        batch_size: Tiles that are predicted at once.
        min_score: Instances with a lower score are left out.
        mask_dtype: `"float32"` or `"uint8"`, see `SOLOv2.segment`.
        max_pixels: Larger files are refused where they are decoded whole.
        verbose: 0 for silence, 1 for a progress bar, 2 for a line now and
            then. `"auto"` says nothing of fewer than 64 tiles.

    Returns:
        `Instances`, the best first. They are as many as there are. Their
        `image` is None where it is not in memory as uint8 RGB.

    Raises:
        ValueError: If the `preprocessor` would make tiles larger or smaller,
            or if an argument is none of the above.
        ImageError: If the image cannot be read.

    Example:

    >>> from keras_solo import SOLOv2
    >>> from keras_solo.data import ShapesDataset
    >>> model = SOLOv2.from_preset("solov2_tiny_shapes")
    >>> image = ShapesDataset(1, original_size=(200, 300))[0].load_image()
    >>> segment_tiled(model, image, min_score=0.3).original_size
    (200, 300)
    """
    ((_, instances),) = tiled_stream(
        model,
        [image],
        Tiling(tile, overlap, scale, whole),
        batch_size,
        min_score=min_score,
        mask_dtype=mask_dtype,
        max_pixels=max_pixels,
        verbose=verbose,
    )
    if not isinstance(instances, Instances):
        raise instances
    return instances
