"""Time and memory of opening a large COCO file.

Writes images and a COCO file of a size of your choice, opens it in a process
of its own, and says how long that took, how much memory the dataset holds, and
how much was needed on the way. Alone it is
`python -m tests.benchmarks.bench_large_annotations --images 100000`.
"""

import argparse
import gc
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

from keras_solo.data import CocoDataset, ShapesDataset

SIZE = (480, 640)
OBJECTS = 10
CLASSES = 80


def write(folder, images, points):
    """A COCO file of `images` images with ten objects each."""
    rng = np.random.default_rng(0)
    pictures = folder / "images"
    pictures.mkdir()
    source = pictures / "0.png"
    ShapesDataset(1).write(folder / "one")
    first = next((folder / "one" / "images").iterdir())
    os.link(first, source)
    for number in range(1, images):
        os.link(first, pictures / f"{number}.png")
        if number % 50_000 == 0:  # so many names may a file have
            first = pictures / f"copy{number}"
            first.write_bytes(source.read_bytes())
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    with (folder / "annotations.json").open("w") as file:
        entries = ", ".join(
            json.dumps(
                {
                    "id": n + 1,
                    "file_name": f"{n}.png",
                    "height": SIZE[0],
                    "width": SIZE[1],
                }
            )
            for n in range(images)
        )
        classes = [{"id": n + 1, "name": f"{n}"} for n in range(CLASSES)]
        file.write(f'{{"images": [{entries}], "categories": ')
        file.write(f'{json.dumps(classes)}, "annotations": [')
        for number in range(images * OBJECTS):
            entry = annotation(rng, number, circle)
            file.write((", " if number else "") + json.dumps(entry))
        file.write("]}")


def annotation(rng, number, circle):
    """An ellipse; its coordinates have two digits, as COCO's have."""
    radii = rng.uniform(5, 100, 2)
    center = rng.uniform(100, 380, 2)
    outline = np.round(center + radii * circle, 2)
    (x1, y1), (x2, y2) = outline.min(axis=0), outline.max(axis=0)
    return {
        "id": number + 1,
        "image_id": number // OBJECTS + 1,
        "category_id": int(rng.integers(1, CLASSES + 1)),
        "bbox": [round(v, 2) for v in (x1, y1, x2 - x1, y2 - y1)],
        "area": round(float(np.pi * radii.prod()), 4),
        "iscrowd": 0,
        "segmentation": [outline.ravel().tolist()],
    }


def megabytes():
    """What the process holds, in units of 10**6 bytes."""
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(folder):
    """Figures of opening the file, in this process."""
    gc.collect()
    before = megabytes()
    start = time.perf_counter()
    dataset = CocoDataset(folder / "annotations.json", folder / "images")
    seconds = time.perf_counter() - start
    gc.collect()
    objects = sum(len(record.objects) for record in dataset)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    held = megabytes() - before
    return {
        "objects": objects,
        "seconds": seconds,
        "held_mb": held,
        "held_mb_per_1000_objects": 1000 * held / objects,
        "peak_mb": peak,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--points", type=int, default=25)
    parser.add_argument("--measure", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure), indent=2))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder, options.images, options.points)
        size = (folder / "annotations.json").stat().st_size
        print(f"annotations.json: {size / 1e6:.0f} MB", flush=True)
        command = [sys.executable, "-m", __spec__.name, "--measure", name]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
