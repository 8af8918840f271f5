"""Mask probabilities on the grid to bool masks in a photo's own pixels.

100 instances in a photo of 12 megapixels: *as run lengths* is
`Letterbox.mask_runs_to_original`, which is what `segment` does and `Instances`
keeps; without these words it is `Letterbox.masks_to_original`, which then draws
them into 1.2 GB of fresh memory: most of its time the system clears pages.
MMDetection has no rule to compare with: it resamples whole canvases in float32.
"""

import functools

import numpy as np

from tests.benchmarks.cases import Case

TITLE = "Masks home"
PHOTO = 3000, 4000
COUNT = 100


def probabilities(grid, part):
    """Round hills, as wide and high as a part of the grid."""
    rng = np.random.default_rng(0)
    height, width = grid
    rows, columns = np.mgrid[:height, :width].astype("float32")
    masks = np.empty((COUNT, height, width), "float32")
    for mask in masks:
        y, x = rng.uniform(part / 2, 1 - part / 2, 2) * (height, width)
        distance = np.hypot(
            (rows - y) / (part / 2 * height), (columns - x) / (part / 2 * width)
        )
        # 0.5 where the distance is 1.
        mask[:] = 1 / (1 + np.exp(np.clip(8 * (distance - 1), -50, 50)))
    return masks


def ours(material, part, resampling, dense):
    from keras_solo import Letterbox

    letterbox = Letterbox((800, 1333), "fit", resampling=resampling)
    canvas = letterbox.canvas_size(PHOTO)
    grid = tuple(side // 4 for side in canvas)
    masks = probabilities(grid, part)

    def call():
        if dense:
            return int(letterbox.masks_to_original(masks, PHOTO)[0].sum())
        return int(letterbox.mask_runs_to_original(masks, PHOTO)[0][1::2].sum())

    return call


def case(words, part, resampling, dense=True):
    form = "" if dense else ", as run lengths"
    return Case(
        f"100 instances, boxes {words} of each side, {resampling}{form}",
        functools.partial(ours, part=part, resampling=resampling, dense=dense),
        threads=1,
        any_backend=True,
    )


CASES = [
    case("a tenth", 0.1, "once", dense=False),
    case("a quarter", 0.25, "once", dense=False),
    case("a tenth", 0.1, "once"),
    case("a quarter", 0.25, "once"),
    case("a tenth", 0.1, "twice"),
]
