"""100 masks home to an image of 12 megapixels: pixel by pixel, and as runs.

  python -m tests.benchmarks.bench_masks_home

For boxes of a tenth, a quarter and all of each side, and for both
`resampling` rules, on one core, the best of several turns:

- pixels: the rule pixel by pixel (`tests/pixel_by_pixel.py`), and boxes;
- dense: `Letterbox.masks_to_original`, the same array from runs, and boxes;
- home: what `segment` does, runs and `Instances` of them;
- RLE: `Instances.to_coco`; MB: of the masks in `Instances`; peak: of what
  NumPy had at once on the way there.

Times are milliseconds of the processor. The rule pixel by pixel is left out
for boxes of all of each side.
"""

import time
import tracemalloc

import cv2
import numpy as np

from keras_solo.data import CompactMasks, Instances
from keras_solo.geometry import Letterbox
from keras_solo.geometry.extent import extent
from tests.pixel_by_pixel import masks_home

COUNT = 100
ORIGINAL = (3000, 4000)
LETTERBOX = Letterbox((800, 1333), "fit")
HEADS = ("pixels", "dense", "home", "pixels/home", "RLE", "MB", "peak")


def blobs(share, count=COUNT, seed=0):
    """Smooth probabilities of ellipses, each `share` of the image's sides."""
    rng = np.random.default_rng(seed)
    canvas = LETTERBOX.canvas_size(ORIGINAL)
    rows, columns = np.mgrid[: canvas[0] // 4, : canvas[1] // 4]
    whole = np.array(LETTERBOX.resized_size(ORIGINAL)) / 4
    sides = whole * share / 2
    masks = np.empty((count, *rows.shape), np.float32)
    for mask in masks:
        y, x = rng.uniform(sides, whole - sides)
        away = np.hypot((rows - y) / sides[0], (columns - x) / sides[1])
        waves = 0.1 * np.sin(rows / 3 + y) * np.sin(columns / 4 + x)
        mask[:] = 1 / (1 + np.exp(np.minimum(8 * (away - 0.9 + waves), 50)))
    return masks


def best(function, turns=5):
    """Milliseconds of the processor in the best of several turns."""
    times = []
    for _ in range(turns):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times) * 1000


def home(letterbox, masks):
    runs = letterbox.mask_runs_to_original(masks, ORIGINAL)
    compact = CompactMasks(tuple(runs), ORIGINAL)
    return Instances(compact_masks=compact, labels=[0] * len(runs))


def boxes(masks):
    return [extent(mask) for mask in masks]


def peak(function):
    """Megabytes that NumPy had at once."""
    tracemalloc.start()
    function()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def measure(share, resampling):
    """A line of the table."""
    letterbox = Letterbox((800, 1333), "fit", resampling=resampling)
    masks = blobs(share)
    old = float("nan")
    if share < 1:
        old = best(
            lambda: boxes(masks_home(letterbox, masks, ORIGINAL)), turns=2
        )
    dense = best(lambda: boxes(letterbox.masks_to_original(masks, ORIGINAL)))
    new = best(lambda: home(letterbox, masks))
    found = home(letterbox, masks)
    rle = best(lambda: found.to_coco(1, category_ids=[1]))
    most = peak(lambda: home(letterbox, masks))
    size = found.compact_masks.nbytes / 1e6
    return old, dense, new, old / new, rle, size, most


def main():
    cv2.setNumThreads(1)
    print(f"OpenCV {cv2.__version__}, NumPy {np.__version__}")
    print("boxes  resampling" + "".join(f"{head:>12}" for head in HEADS))
    for share in (0.1, 0.25, 1.0):
        for resampling in ("once", "twice"):
            cells = measure(share, resampling)
            line = "".join(f"{cell:12.1f}" for cell in cells)
            print(f"{share:5}  {resampling:10}{line}", flush=True)


if __name__ == "__main__":
    main()
