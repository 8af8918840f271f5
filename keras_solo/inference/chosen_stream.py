"""How images are segmented: whole, in tiles, or in several views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from keras_solo.data.image_source import ImageSource
from keras_solo.data.images import MAX_PIXELS, ImageError
from keras_solo.data.instances import Instances
from keras_solo.inference.tiled_stream import tiled_stream
from keras_solo.inference.tiling import Tiling
from keras_solo.inference.tta import TTA
from keras_solo.inference.tta_stream import tta_stream
from keras_solo.models.mask_dtype import MaskDtype
from keras_solo.models.solov2 import SOLOv2


def check_choice(tiled: bool | Tiling, tta: bool | TTA) -> None:
    """Refuses what is neither, and both at once.

    Args:
        tiled: Whether images are segmented in tiles, or how.
        tta: Whether several views of them are segmented, or which.

    Raises:
        ValueError: Says what was expected.
    """
    for name, value, kind in (("tiled", tiled, Tiling), ("tta", tta, TTA)):
        if not isinstance(value, bool | kind):
            raise ValueError(
                f"Expected {name} to be True, False or a {kind.__name__}. "
                f"Received: {name}={value!r}"
            )
    if tiled and tta:
        raise ValueError(
            "Expected one of tiled and tta: no tile is segmented in several "
            f"views. Received: tiled={tiled!r}, tta={tta!r}"
        )


def chosen_stream(
    model: SOLOv2,
    images: Iterable[ImageSource],
    batch_size: int = 8,
    tiled: bool | Tiling = False,
    tta: bool | TTA = False,
    *,
    ordered: bool = True,
    on_error: Literal["raise", "skip"] = "raise",
    min_score: float = 0.0,
    mask_dtype: MaskDtype = "float32",
    max_pixels: int = MAX_PIXELS,
    verbose: str | int = 0,
) -> Iterator[tuple[int, Instances | ImageError]]:
    """The stream of `segment_stream`, `tiled_stream` or `tta_stream`.

    Args:
        model: A `SOLOv2`.
        images: As in `SOLOv2.segment_stream`.
        batch_size: Images, tiles or views that pass the network together.
        tiled: Whether images are segmented in tiles, or how.
        tta: Whether several views of them are segmented, or which.
        ordered: Whether results must come in the order of the images.
        on_error: `"raise"`, or `"skip"`, which yields the error.
        min_score: Instances with a lower score are left out.
        mask_dtype: `"float32"` or `"uint8"`.
        max_pixels: With tiles, larger files are refused where they are
            decoded whole.
        verbose: With tiles, what is said of those of each image.

    Yields:
        `(index, Instances)`, with `on_error="skip"` also
        `(index, ImageError)`.

    Raises:
        ValueError: As `check_choice`.
        ImageError: If an image cannot be read, with `on_error="raise"`.
    """
    check_choice(tiled, tta)
    if tiled:
        return tiled_stream(
            *(model, images, None if tiled is True else tiled, batch_size),
            on_error=on_error,
            min_score=min_score,
            mask_dtype=mask_dtype,
            max_pixels=max_pixels,
            verbose=verbose,
        )
    if tta:
        return tta_stream(
            *(model, images, None if tta is True else tta, batch_size),
            on_error=on_error,
            min_score=min_score,
            mask_dtype=mask_dtype,
        )
    return model.segment_stream(
        images,
        batch_size,
        ordered=ordered,
        on_error=on_error,
        min_score=min_score,
        mask_dtype=mask_dtype,
    )
