"""The input pipeline: files to training batches, ours and MMDetection's.

    python tests/benchmarks/bench_input.py DATA --mmdet PYTHON

DATA holds `annotations/instances_train2017.json` and `train2017/`, as COCO
does. A turn makes `--count` training samples, in batches of two: the images
read, decoded, resized, flipped and padded, boxes and masks moved with them.
Ours are those of `dataset.batches(...)` without workers, what `fit` takes: mask
targets at stride 4, centres, everything stacked. Theirs are those of the
dataset of their SOLOv2 configs, up to `PackDetInputs`: masks at full size.
What ours do beyond that, theirs do later, in the training step; "prepared"
adds it: collation, normalisation, padding, masks shrunk to stride 4, centres,
each once per object.

Each side runs on one core, in a process of its own; they take turns. The
figures are milliseconds of that core. `--mmdet` is the Python of an
environment that has MMDetection; without it, ours alone are printed.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"
SIZES = {"512x512": (512, 512), "800x1333": (800, 1333)}
BATCH = 2
# What the reference does: its own size, mirrored or not, no change of colour.
LIKE_THEIRS = {
    "flip": 0.5,
    "scale": (1.0, 1.0),
    "placement": "corner",
    "brightness": 0,
    "contrast": 0,
    "saturation": 0,
}


# === Ours ===


def ours(options, size):
    """A function that makes the samples and says what each stage took."""
    import cv2

    from keras_solo import Letterbox
    from keras_solo.data import Augmentation, CocoDataset

    cv2.setNumThreads(1)
    dataset = CocoDataset(
        options.data / "annotations" / "instances_train2017.json",
        options.data / "train2017",
    ).subset(range(options.count))
    height, width = size
    letterbox = Letterbox(size, "fixed" if height == width else "fit")
    arguments = {
        "letterbox": letterbox,
        "batch_size": BATCH,
        "mask_targets": options.mask_targets,
        "workers": 0,
    }
    like_theirs = dataset.batches(
        augment=Augmentation(**LIKE_THEIRS), **arguments
    )
    default = dataset.batches(augment=True, **arguments)

    def call():
        return {
            "decoding": measure(record.load_image for record in dataset),
            "like theirs": measure(steps(like_theirs)),
            "augment=True": measure(steps(default)),
        }

    return call


def steps(batches):
    return (lambda index=i: batches[index] for i in range(len(batches)))


# === Theirs ===


def theirs(options, size):
    """The same for MMDetection."""
    sys.path.insert(0, str(FIXTURES))
    import cv2
    import make_mmdet_full  # noqa: F401  stands in for compiled operations
    import mmcv
    import torch
    from mmdet.models.data_preprocessors import DetDataPreprocessor
    from mmdet.models.utils import center_of_mass
    from mmdet.registry import DATASETS
    from mmengine.dataset import pseudo_collate
    from mmengine.registry import init_default_scope

    init_default_scope("mmdet")
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    annotations = options.data / "annotations" / "instances_train2017.json"
    # As `_base_/datasets/coco_instance.py` has it.
    dataset = DATASETS.build(
        {
            "type": "CocoDataset",
            "ann_file": str(annotations),
            "data_prefix": {"img": str(options.data / "train2017")},
            "indices": options.count,
            "pipeline": [
                {"type": "LoadImageFromFile"},
                {
                    "type": "LoadAnnotations",
                    "with_bbox": True,
                    "with_mask": True,
                },
                {"type": "Resize", "scale": size[::-1], "keep_ratio": True},
                {"type": "RandomFlip", "prob": 0.5},
                {"type": "PackDetInputs"},
            ],
        }
    )
    # As `solov2_r50_fpn_1x_coco.py` has it.
    preprocess = DetDataPreprocessor(
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_mask=True,
        pad_size_divisor=32,
    )

    def prepare(batch):
        for sample in preprocess(pseudo_collate(batch), True)["data_samples"]:
            instances = sample.gt_instances
            masks = instances.masks.to_tensor(torch.bool, "cpu")
            for mask in masks:
                center_of_mass(mask)
            for mask in masks.to(torch.uint8).numpy():
                mmcv.imrescale(mask, scale=1 / 4)

    def call():
        spent = {"pipeline": 0.0, "prepared": 0.0}
        for first in range(0, options.count, BATCH):
            start = time.process_time()
            batch = [dataset[first + i] for i in range(BATCH)]
            spent["pipeline"] += time.process_time() - start
            prepare(batch)
            spent["prepared"] += time.process_time() - start
        return spent

    return call


# === Turns ===


def measure(functions):
    """Seconds of this core that calling all of them takes."""
    start = time.process_time()
    for function in functions:
        function()
    return time.process_time() - start


def serve(options):
    """Runs one side: a turn for each line that comes in."""
    # Libraries print where they like; the answers have a stream of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    side = {"ours": ours, "theirs": theirs}[options.side]
    call = side(options, SIZES[options.size])
    call()
    print("ready", file=answers, flush=True)
    for _ in sys.stdin:
        print(json.dumps(call()), file=answers, flush=True)


class Side:
    """A process that answers each line with the seconds of a turn."""

    def __init__(self, side, python, size):
        self.turns = []
        self.process = subprocess.Popen(
            [python, __file__, *sys.argv[1:], "--side", side, "--size", size],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self):
        if self.process.stdout.readline() != "ready\n":
            raise SystemExit("A side did not start; it says why above.")

    def turn(self):
        self.process.stdin.write("turn\n")
        self.process.stdin.flush()
        self.turns.append(json.loads(self.process.stdout.readline()))

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def times(self, stage):
        return [1000 * turn[stage] for turn in self.turns]


def compare(options, size):
    sides = [Side("ours", sys.executable, size)]
    if options.mmdet:
        sides.append(Side("theirs", options.mmdet, size))
    for side in sides:
        side.wait_until_ready()
    for _ in range(options.turns):
        for side in sides:
            side.turn()
    for side in sides:
        side.close()
    return sides


def table(size, our, their=None):
    """Lines of a table: medians, least times, ratios to MMDetection's."""
    print(f"\n{size}: ms of one core, median (least)")
    ratios = ["pipeline", "prepared"] if their else []
    for name, side in (("ours", our), ("theirs", their)):
        for stage in side.turns[0] if side else ():
            times = side.times(stage)
            line = f"{statistics.median(times):7.0f} ({min(times):4.0f})"
            if side is our:
                line += "".join(
                    f"  / {other} {ratio(times, their.times(other))}"
                    for other in ratios
                )
            print(f"  {name}, {stage:13}{line}")


def ratio(ours, theirs):
    pairs = (a / b for a, b in zip(ours, theirs, strict=True))
    return f"{statistics.median(pairs):.2f} ({min(ours) / min(theirs):.2f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--mmdet", metavar="PYTHON")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--mask-targets", default="binary")
    parser.add_argument("--size", choices=SIZES)
    parser.add_argument("--side", choices=["ours", "theirs"])
    options = parser.parse_args()
    if options.side:
        serve(options)
        return
    for size in [options.size] if options.size else SIZES:
        table(size, *compare(options, size))


if __name__ == "__main__":
    main()
