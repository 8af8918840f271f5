"""What losses by choice add to the time and memory of a training step.

    python -m tests.benchmarks.bench_losses [--objects 6] [--image-size 256]
        [--batch-size 4]

Each variant trains in a process of its own, on the CPU of the chosen backend:
the default losses, one other loss at a time (`branch`: that of a head which
predicts the quality of masks), and all together. Squares of one
class touch each other. Time is that of the processor, so that other programs
count little.
"""

import argparse
import resource
import subprocess
import sys
import time

import numpy as np

VARIANTS = ("default", "boundary", "quality", "separation", "branch", "all")


def arguments_of(variant):
    from keras_solo.losses import BoundaryDiceLoss, QualityFocalLoss

    arguments = {}
    if variant in ("boundary", "all"):
        arguments["mask_loss"] = BoundaryDiceLoss()
    if variant in ("quality", "all"):
        arguments["category_loss"] = QualityFocalLoss()
    if variant in ("separation", "all"):
        arguments["loss_weights"] = {"separation_loss": 3.0}
    return arguments


def squares(count, batch, size):
    """`(B, N, size, size)` squares that touch, row by row."""
    rows = int(np.ceil(count**0.5))
    side = size // rows
    masks = np.zeros((batch, count, size, size), "uint8")
    for index in range(count):
        y, x = (side * place for place in divmod(index, rows))
        masks[:, index, y : y + side, x : x + side] = 1
    return masks


def measure(variant, options):
    from keras_solo import Letterbox, ResNet, SOLOv2

    size, batch = options.image_size, options.batch_size
    model = SOLOv2(
        ResNet(18),
        num_classes=1,
        preprocessor=Letterbox((size, size)),
        head={
            "filters": 128,
            "num_convs": 2,
            "kernel_filters": 64,
            "quality": variant in ("branch", "all"),
        },
        pyramid_filters=128,
    )
    model.compile(optimizer="sgd", **arguments_of(variant))
    images = np.zeros((batch, size, size, 3), "uint8")
    masks = squares(options.objects, batch, size // 4)
    labels = np.zeros((batch, options.objects), "int32")
    targets = {"masks": masks, "labels": labels}
    times = []
    for _ in range(4):
        start = time.process_time()
        model.train_on_batch(images, targets)
        times.append(time.process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("RESULT", min(times[1:]), peak)


def run(variant, options):
    command = [sys.executable, "-m", "tests.benchmarks.bench_losses"]
    for name in ("objects", "image_size", "batch_size"):
        command += [
            f"--{name.replace('_', '-')}",
            str(getattr(options, name)),
        ]
    output = subprocess.run(
        [*command, "--variant", variant],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    line = next(x for x in output.splitlines() if x.startswith("RESULT"))
    return [float(value) for value in line.split()[1:]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS)
    parser.add_argument("--objects", type=int, default=6)
    parser.add_argument("--image-size", type=int, default=256)
    parser.add_argument("--batch-size", type=int, default=4)
    options = parser.parse_args()
    if options.variant:
        return measure(options.variant, options)
    print(f"{options.objects} objects, {options.image_size} px")
    first = None
    for variant in VARIANTS:
        seconds, peak = run(variant, options)
        first = first or seconds
        print(
            f"{variant:10}  {seconds:6.2f} s  {seconds / first:5.2f} x"
            f"  {peak:6.0f} MB",
            flush=True,
        )
    return None


if __name__ == "__main__":
    main()
