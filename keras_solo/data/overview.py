"""What was found in an image too large to be drawn, on a smaller one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.instances import Instances
from keras_solo.data.reduced_image import reduction
from keras_solo.data.windows import Windows
from keras_solo.geometry.column_runs import mask_runs
from keras_solo.geometry.size import Size

SIDE = 2048


def overview(
    instances: Instances, windows: Windows, side: int = SIDE
) -> Instances:
    """The same instances on the image made smaller, to draw them there.

    The image is read part by part, and is never whole in memory. A pixel is in
    a mask if one of those that it stands for is, so that none is lost.

    Args:
        instances: Of the image.
        windows: What `open_windows` returned for it.
        side: The longer side has at least so many pixels, unless the image is
            smaller, and less than twice as many, unless it is a strip.

    Returns:
        New `Instances` with an `image`, and with masks and boxes in its pixels.

    Raises:
        ValueError: If the image has another size than the instances, or if
            `side` is less than 1.
        ImageError: If a part of the file is damaged.

    Example:

    >>> from keras_solo.data import open_windows
    >>> image = np.zeros((1000, 1500, 3), np.uint8)
    >>> found = Instances(image[None, ..., 0] < 9, labels=[0])
    >>> with open_windows(image) as windows:
    ...     overview(found, windows, side=500)
    Instances(1: 0 1.00; image 334 x 500)
    """
    size = instances.original_size
    if size != windows.size:
        raise ValueError(
            f"Expected the image of the instances, of {size} (height, width) "
            f"pixels. Received: one of {windows.size}"
        )
    if side < 1:
        raise ValueError(f"Expected a side of at least 1. Received: {side}")
    wanted = max(1, max(size) // side)
    at_least = max(1, size[0] // wanted), max(1, size[1] // wanted)
    factor, image = reduction(size, at_least), windows.reduced(at_least)
    small = image.shape[0], image.shape[1]
    runs = _smaller(instances.compact_masks, factor, small)
    return dataclasses.replace(
        instances,
        compact_masks=CompactMasks(tuple(runs), small),
        boxes=instances.boxes / factor,
        original_size=small,
        image=image,
    )


def _smaller(
    masks: CompactMasks, factor: int, size: Size
) -> Iterator[np.ndarray]:
    """The runs of each mask, where a square of pixels has become one."""
    whole = np.zeros(size, bool)
    for index, (left, top, _, _) in enumerate(masks.windows):
        rows, columns = np.nonzero(masks.crop(index))
        place = (rows + top) // factor, (columns + left) // factor
        whole[place] = True
        yield mask_runs(whole)
        whole[place] = False
