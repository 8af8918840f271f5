"""Peak memory of walking over large images, window by window.

  python -m tests.benchmarks.bench_windows [--sides 10000 20000] [--work FOLDER]

Memory maps and tiled TIFFs of 8-bit RGB, square, are written to a folder of
their own, and removed. Over each goes a process of its own, in windows of
1024 x 1024, and once reduced to at least 1024 x 1024. Prints what each takes
beyond what it had when the package was loaded, and the seconds.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

from tests.benchmarks.child import reset_peak, status

STEP = 1024


def rows_of(side, start, stop):
    """Something with detail, the same wherever it is cut."""
    y, x = np.ogrid[start:stop, :side]
    gray = (x * 7 + y * 3 + (x // 64) * (y // 64)) % 251
    return np.dstack([gray, gray[:, ::-1], 250 - gray]).astype(np.uint8)


def write_map(path, side):
    mapped = np.memmap(path, np.uint8, "w+", shape=(side, side, 3))
    for start in range(0, side, STEP):
        stop = min(start + STEP, side)
        mapped[start:stop] = rows_of(side, start, stop)
    mapped.flush()


def tiles_of(side, tile):
    for y in range(0, side, tile):
        band = rows_of(side, y, y + tile)
        for x in range(0, side, tile):
            part = band[:, x : x + tile]
            rest = tile - part.shape[1]
            yield np.pad(part, ((0, 0), (0, rest), (0, 0)))


def write_tiff(path, side):
    import tifffile

    tifffile.imwrite(
        path,
        tiles_of(side, 512),
        shape=(side, side, 3),
        dtype="u1",
        tile=(512, 512),
        photometric="rgb",
        compression="zlib",
        compressionargs={"level": 1},
    )


def walk(path, side):
    """Megabytes and seconds of a walk."""
    from keras_solo.data import open_windows
    from keras_solo.data.pixel_source import blocks

    side, source = int(side), path
    if path.endswith(".raw"):
        source = np.memmap(path, np.uint8, "r", shape=(side, side, 3))
    before = status("VmRSS")
    reset_peak()
    began = time.perf_counter()
    with open_windows(source) as windows:
        for window in blocks(windows.size, (STEP, STEP)):
            windows.read(window)
        walked = time.perf_counter()
        windows.reduced((STEP, STEP))
    print(
        f"{status('VmHWM') - before:.0f} MB, {walked - began:.0f} s, reduced "
        f"in {time.perf_counter() - walked:.0f} s"
    )


def main():
    if sys.argv[1:2] == ["walk"]:
        walk(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", nargs="+", type=int, default=[10000, 20000])
    parser.add_argument("--work", help="where there is room for 1.2 GB")
    options = parser.parse_args()
    for side in options.sides:
        for suffix, write in ((".raw", write_map), (".tif", write_tiff)):
            with tempfile.TemporaryDirectory(dir=options.work) as folder:
                path = pathlib.Path(folder, f"large{suffix}")
                write(path, side)
                command = [sys.executable, "-m", __spec__.name, "walk", path]
                command.append(str(side))
                done = subprocess.run(command, check=True, capture_output=True)
                print(
                    f"{side} x {side} {suffix}: {done.stdout.decode()}", end=""
                )


if __name__ == "__main__":
    main()
