"""Peak memory of tiled prediction of large memory-mapped images.

    python -m tests.benchmarks.bench_tiled_memory [--empty] [SIDE ...]

For each side, 10,000 and 20,000 pixels by default, a process of its own
segments a memory-mapped uint8 RGB image of side x side pixels, at a quarter
with the packaged model, and says what it had more, at most, than before it
opened the image, with the model loaded and compiled: of memory of its own
(RssAnon), which is what an image needs, and with the pages of the mapped file,
which the system takes back when it needs them (VmHWM). The results are part
of it; their size is said, too. Fails above 1 GB beyond the results.

The image is a pattern of 2048 x 2048 pixels with 20 discs, again and again, or
black with --empty: then nothing is found, and what grows is not the results.
Each side is measured three times in turn, since what allocators keep varies by
some 10 MB. It lies in the folder for temporary files, which must have 1.2 GB
free for each side.
"""

import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

from tests.benchmarks.child import reset_peak, status

SIDES = (10_000, 20_000)
PATTERN = 2048
SCALE = 0.25
MOST = 1000.0  # MB
TIMES = 3


def pattern():
    """A background with discs, uint8."""
    from tests.seam_scene import disc, painted

    rng = np.random.default_rng(0)
    size = (PATTERN, PATTERN)
    free = np.ones(size, bool)
    masks = []
    while len(masks) < 20:
        radius = rng.uniform(48, 128)
        x, y = rng.uniform(140, PATTERN - 140, 2)
        mask = disc(size, x, y, radius)
        if free[mask].all():
            masks.append(mask)
            free &= ~disc(size, x, y, radius + 40)
    return painted(np.stack(masks), seed=3)


def write(path, side, empty=False):
    """A file of side x side pixels, written row of patterns by row."""
    part = pattern() * (not empty)
    repeats = -(-side // PATTERN)
    rows = np.tile(part, (1, repeats, 1))[:, :side]
    image = np.lib.format.open_memmap(
        path, "w+", dtype=np.uint8, shape=(side, side, 3)
    )
    for top in range(0, side, PATTERN):
        bottom = min(top + PATTERN, side)
        image[top:bottom] = rows[: bottom - top]
    image.flush()


class Peak:
    """The most of something while a with-statement lasts, every 10 ms."""

    def __init__(self, field):
        self.field = field
        self.most = 0.0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while not self.done.is_set():
            self.most = max(self.most, status(self.field))
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.done.set()
        self.thread.join()


def measured(path):
    """In a process of its own: one line of figures."""
    from keras_solo import SOLOv2
    from keras_solo.inference import segment_tiled

    model = SOLOv2.from_preset("solov2_tiny_shapes")
    small = np.load(path, mmap_mode="r")[:2000, :2000].copy()
    for _ in range(2):
        segment_tiled(model, small, scale=SCALE, verbose=0)
    del small
    image = np.load(path, mmap_mode="r")
    reset_peak()
    before, whole = status("RssAnon"), status("VmRSS")
    began = time.perf_counter()
    with Peak("RssAnon") as peak:
        found = segment_tiled(
            model, image, scale=SCALE, min_score=0.3, verbose=0
        )
    seconds = time.perf_counter() - began
    own = peak.most - before
    with_file = status("VmHWM") - whole
    results = found.compact_masks.nbytes / 1e6
    print(
        f"{image.shape[0]} x {image.shape[1]} px: {len(found)} found in "
        f"{seconds:.0f} s; peak {own:.0f} MB beyond the model, {with_file:.0f} "
        f"MB with pages of the file; masks {results:.1f} MB",
        flush=True,
    )
    return own - results


def main():
    if sys.argv[1:2] == ["--measure"]:
        return int(measured(sys.argv[2]) > MOST)
    empty = "--empty" in sys.argv
    sides = [int(side) for side in sys.argv[1:] if side != "--empty"] or SIDES
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / f"{side}.npy" for side in sides]
        for path, side in zip(paths, sides, strict=True):
            write(path, side, empty)
        for path in TIMES * paths:
            command = [sys.executable, "-m", __spec__.name, "--measure"]
            failed |= subprocess.run([*command, str(path)]).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
