"""The part of an image that each instance is in."""

from __future__ import annotations

import numpy as np

from keras_solo.data.compact_masks import CompactMasks


def cutouts(
    image: np.ndarray,
    masks: CompactMasks,
    margin: int = 0,
    masked: bool = False,
) -> list[np.ndarray]:
    """The image in the tight box of each mask.

    Args:
        image: `(height, width, 3)` uint8 RGB.
        masks: Of that image.
        margin: Pixels more on each side, as far as the image goes.
        masked: Whether the mask is a fourth channel.

    Returns:
        For each mask a new uint8 array `(h, w, 3)` RGB, or `(h, w, 4)` RGBA
        with 255 in the mask and 0 around it; `(0, 0, ...)` of an empty mask.
    """
    height, width = masks.size
    found = []
    for i, (x1, y1, x2, y2) in enumerate(masks.windows):
        more = margin if x1 < x2 else 0
        left, top = max(x1 - more, 0), max(y1 - more, 0)
        right, bottom = min(x2 + more, width), min(y2 + more, height)
        part = image[top:bottom, left:right]
        if masked:
            alpha = np.zeros(part.shape[:2], np.uint8)
            inside = alpha[y1 - top : y2 - top, x1 - left : x2 - left]
            inside[masks.crop(i)] = 255
            part = np.dstack([part, alpha])
        found.append(part.copy())
    return found
