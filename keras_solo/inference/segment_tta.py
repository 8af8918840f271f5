"""An image in, its instances out, from several views."""

from __future__ import annotations

from keras_solo.data.image_source import ImageSource
from keras_solo.data.instances import Instances
from keras_solo.inference.placed_model import Placeable
from keras_solo.inference.tta import TTA
from keras_solo.inference.tta_stream import tta_stream
from keras_solo.models.mask_dtype import MaskDtype


def segment_tta(
    model: Placeable,
    image: ImageSource,
    flips: tuple[str, ...] = ("none", "horizontal"),
    scales: tuple[float, ...] = (1.0,),
    *,
    batch_size: int = 8,
    min_score: float = 0.0,
    mask_dtype: MaskDtype = "float32",
) -> Instances:
    """Finds the instances of an image that is looked at in several views.

    - Each view, mirrored or at another scale, is segmented by itself, and its
      masks come back to the pixels of the image.
    - Detections of one class whose masks overlap by an IoU of at least 0.5
      are of one object, at most one from each view.
    - The score of an object is the sum of its scores over the number of
      views, so that one view's mistake counts less than what all views see.
    - Its mask is what most of its masks hold, each with the weight of its
      score; of two masks that is the better one.
    - Scores of masks that overlap are decayed by Matrix NMS, or by hard NMS,
      as the model's `decoder` does it, where no view has compared them.

    Args:
        model: A `SOLOv2`. It is not changed.
        image: A path, a `(height, width, 3)` uint8 RGB array, or a function
            that returns one. A `preprocessor` that scales by percentiles
            takes arrays of other numbers and in grey, too.
        flips: Some of `"none"`, `"horizontal"`, `"vertical"` and `"both"`.
        scales: Factors on the canvas of the model's `preprocessor`.
        batch_size: Views that are predicted at once.
        min_score: Instances with a lower score are left out, after merging.
        mask_dtype: `"float32"` or `"uint8"`, see `SOLOv2.segment`.

    Returns:
        `Instances`, the best first, at most as many as the model's decoder
        has slots.

    Raises:
        ValueError: If there is no view, an unknown flip, a scale that is not
            above 0 or leaves nothing of the canvas, or if another argument is
            none of the above.
        ImageError: If the image cannot be read.

    Example:

    >>> from keras_solo import SOLOv2
    >>> from keras_solo.data import ShapesDataset
    >>> model = SOLOv2.from_preset("solov2_tiny_shapes")
    >>> image = ShapesDataset(1)[0].load_image()
    >>> found = segment_tta(model, image, flips=("none", "vertical"))
    >>> found.original_size == image.shape[:2]
    True

    Source: weighted boxes fusion (arXiv:1910.13302) for objects and scores.
    """
    tta = TTA(flips, scales)
    ((_, instances),) = tta_stream(
        model,
        [image],
        tta,
        min(batch_size, len(tta.flips)),
        min_score=min_score,
        mask_dtype=mask_dtype,
    )
    if not isinstance(instances, Instances):
        raise instances
    return instances
