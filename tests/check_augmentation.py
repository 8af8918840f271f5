"""Compares masks of random affines with ones drawn eight times as finely.

    python -m tests.check_augmentation [COUNT]

For each of 1,000 random affines a polygon, a polygon of two parts that exceeds
the image, and a mask of run lengths are put on the canvas; every cell of the
mask grid must agree with the finer drawing, but for one cell along the border.
"""

import sys

import cv2
import numpy as np

from keras_solo.data import Augmentation
from keras_solo.data.masks import encode_mask
from keras_solo.data.placed_objects import place_objects
from keras_solo.data.records import ObjectAnnotation
from keras_solo.geometry import Letterbox
from tests.exact_masks import coverage, wrong_cells

LETTERBOX = Letterbox((96, 128))
AUGMENTATIONS = (
    Augmentation(0.5, (0.3, 2.0)),
    Augmentation(0.5, (0.3, 2.0), rotation=180, shear=45, vertical_flip=0.5),
    Augmentation(0.5, (0.3, 2.0), pixel_scale=1.0, whole=0.5, rotation=30),
)


def check(seed):
    """(cells that are wrong, cells that were looked at) of one affine."""
    rng = np.random.default_rng(seed)
    size = tuple(rng.integers(40, 200, 2).tolist())
    augmentation = AUGMENTATIONS[seed % len(AUGMENTATIONS)]
    place = augmentation.sample_affine(rng, size, LETTERBOX)
    mask = _blob(rng, size)
    shapes = {
        "polygon": [_star(rng, size, 0.4)],
        "parts": [_star(rng, size, 0.3), _star(rng, size, 0.8)],
        "run lengths": encode_mask(mask),
    }
    wrong = looked_at = 0
    for name, segmentation in shapes.items():
        box = (0, 0, size[1], size[0])
        item = ObjectAnnotation(0, box, segmentation, 1.0)
        (placed,) = place_objects([item], place)
        grid = np.zeros((24, 32), np.uint8)
        placed.mask.shrink_into(grid)
        truth = mask if name == "run lengths" else segmentation
        covered = coverage(place.matrix, truth, size, (96, 128))
        wrong += wrong_cells(grid, covered)
        looked_at += int((covered > 0).sum())
    return wrong, looked_at


def _star(rng, size, radius):
    """A flat polygon around a random point, not convex."""
    angles = np.sort(rng.uniform(0, 2 * np.pi, 12))
    radii = rng.uniform(0.3, 1.0, 12) * radius * min(size)
    x = rng.uniform(0.2, 0.8) * size[1] + radii * np.cos(angles)
    y = rng.uniform(0.2, 0.8) * size[0] + radii * np.sin(angles)
    return np.stack([x, y], 1).ravel().tolist()


def _blob(rng, size):
    """A mask with parts and holes."""
    noise = cv2.resize(
        rng.random((5, 6)), size[::-1], interpolation=cv2.INTER_CUBIC
    )
    return (noise > 0.5).astype(np.uint8)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    found = [check(seed) for seed in range(count)]
    wrong, looked_at = np.sum(found, axis=0).tolist()
    print(
        f"{count} affines, {looked_at} cells with an object: {wrong} wrong "
        "beyond one cell along the border"
    )
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
