"""Objects of one image pasted on another."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from keras_solo.data.placed_objects import PlacedObject

# Less of an object is a cell of the mask grid, or not even that.
FEWEST_PIXELS = 16


def choose_objects(
    rng: np.random.Generator, objects: Sequence[PlacedObject]
) -> list[PlacedObject]:
    """Each with the probability of a half, and at least one if there is one.

    Args:
        rng: Where the randomness comes from.
        objects: Those that may be pasted.

    Source: "a random subset of objects", Ghiasi et al., "Simple Copy-Paste is
    a Strong Data Augmentation Method for Instance Segmentation",
    arXiv:2012.07177. How large it is remains open there.
    """
    if not objects:
        return []
    chosen = rng.random(len(objects)) < 0.5
    chosen[rng.integers(len(objects))] = True
    return [item for item, is_in in zip(objects, chosen, strict=True) if is_in]


def paste(
    canvas: np.ndarray,
    below: Sequence[PlacedObject],
    other_canvas: np.ndarray,
    above: Sequence[PlacedObject],
) -> list[PlacedObject]:
    """Pastes objects of another canvas, in place.

    What they cover is taken from the objects below, whose boxes become the
    tight ones of what remains. An object with fewer than 16 visible pixels,
    below or above, is not labelled.

    Args:
        canvas: uint8 `(H, W, 3)`, pasted on.
        below: Its objects.
        other_canvas: uint8 `(H, W, 3)`.
        above: The objects of it that are pasted. Those with fewer than 16
            pixels are not.

    Returns:
        Those that are labelled: first the ones below.

    Source: Ghiasi et al., arXiv:2012.07177, section 3: fully occluded objects
    are removed, masks and boxes of partly occluded ones updated, edges are
    not blended. The 16 pixels are ours.
    """
    above = [item for item in above if item.pixels >= FEWEST_PIXELS]
    if not above:
        return list(below)
    cover = np.zeros(canvas.shape[:2], np.uint8)
    for item in above:
        (x, y), (width, height) = item.mask.corner, item.mask.columns.shape
        cover[y : y + height, x : x + width] |= item.mask.columns.T
    cv2.copyTo(other_canvas, cover, canvas)
    left = [item.without(cover) for item in below]
    return [item for item in left if item.pixels >= FEWEST_PIXELS] + above
