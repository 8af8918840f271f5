"""How the images of an evaluation are segmented: whole, in tiles, in views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keras_solo.data.images import ImageError
from keras_solo.data.instances import Instances
from keras_solo.inference import TTA, Tiling, tiled_stream, tta_stream
from keras_solo.models.loading import ImageSource
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
    batch_size: int,
    tiled: bool | Tiling = False,
    tta: bool | TTA = False,
) -> Iterator[tuple[int, Instances]]:
    """The stream of `segment_stream`, `tiled_stream` or `tta_stream`.

    Args:
        model: A `SOLOv2`.
        images: As in `SOLOv2.segment_stream`.
        batch_size: Images, tiles or views that pass the network together.
        tiled: Whether images are segmented in tiles, or how.
        tta: Whether several views of them are segmented, or which.

    Yields:
        `(index, Instances)`, in any order.

    Raises:
        ImageError: If an image cannot be read.
    """
    stream: Iterator[tuple[int, Instances | ImageError]]
    if tiled:
        tiling = tiled if isinstance(tiled, Tiling) else Tiling()
        stream = tiled_stream(model, images, tiling, batch_size)
    elif tta:
        views = tta if isinstance(tta, TTA) else TTA()
        stream = tta_stream(model, images, views, batch_size)
    else:
        stream = model.segment_stream(
            images, batch_size=batch_size, ordered=False
        )
    for index, found in stream:
        if isinstance(found, ImageError):
            raise found
        yield index, found
