"""What working off pairs in chunks gains in memory and time.

    python tests/benchmarks/bench_pairs.py [--objects 40] [--present 70]
        [--image-size 400 672]

Each variant runs in a process of its own, gradients included, on the CPU of
the chosen backend: all slots at once without rematerialisation, as plain code
would do it, and `sum_over_pairs`. Figures are a ratio within one run.
"""

import argparse
import resource
import subprocess
import sys
import time

import numpy as np


def measure(variant, objects, present, size):
    import keras
    from keras import ops

    from keras_solo.layers import dynamic_convolution
    from keras_solo.losses import dice
    from keras_solo.models import pair_loss

    batch, cells, channels = 2, 3872, 128
    height, width = (side // 4 for side in size)
    slots = 27 * objects
    rng = np.random.default_rng(0)
    masks = (rng.random((batch, objects, height, width)) > 0.5).astype("uint8")
    pair_cells = np.full((batch, slots), -1, "int32")
    pair_cells[:, :present] = rng.integers(0, cells, (batch, present))
    pair_instances = np.full((batch, slots), -1, "int32")
    pair_instances[:, :present] = rng.integers(0, objects, (batch, present))

    def plain(masks, kernels, features, cells, instances):
        logits = dynamic_convolution(
            features, pair_loss._rows(kernels, ops.maximum(cells, 0))
        )
        true = pair_loss._rows(masks, ops.maximum(instances, 0))
        return ops.sum(ops.where(cells >= 0, dice(true, logits), 0.0))

    def chunked(masks, kernels, features, cells, instances):
        return pair_loss.sum_over_pairs(
            dice, masks, kernels, features, cells, instances
        )

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.kernels = self.add_weight((batch, cells, channels))
            self.features = self.add_weight((batch, height, width, channels))

        def call(self, inputs):
            return inputs

        def compute_loss(self, x, y, y_pred, *args, **kwargs):
            function = plain if variant == "plain" else chunked
            return function(
                y["masks"],
                ops.convert_to_tensor(self.kernels),
                ops.convert_to_tensor(self.features),
                y["cells"],
                y["instances"],
            )

    model = Model()
    model.compile(optimizer="sgd")
    x = np.zeros((batch, 1), "float32")
    y = {"masks": masks, "cells": pair_cells, "instances": pair_instances}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model.train_on_batch(x, y)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        model.train_on_batch(x, y)
        times.append(time.perf_counter() - start)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print("RESULT", (after - before) / 1024, sorted(times)[1])


def run(variant, options):
    output = subprocess.run(
        [
            sys.executable,
            __file__,
            "--variant",
            variant,
            "--objects",
            str(options.objects),
            "--present",
            str(options.present),
            "--image-size",
            *map(str, options.image_size),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    line = next(x for x in output.splitlines() if x.startswith("RESULT"))
    return [float(value) for value in line.split()[1:]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant")
    parser.add_argument("--objects", type=int, default=40)
    parser.add_argument("--present", type=int, default=70)
    parser.add_argument(
        "--image-size",
        type=int,
        nargs=2,
        default=(400, 672),
        metavar=("HEIGHT", "WIDTH"),
    )
    options = parser.parse_args()
    if options.variant:
        return measure(
            options.variant,
            options.objects,
            options.present,
            options.image_size,
        )
    plain, chunked = (run(v, options) for v in ("plain", "chunked"))
    memory, duration = chunked[0] / plain[0], chunked[1] / plain[1]
    print(
        f"{27 * options.objects} slots, {options.present} pairs an image\n"
        f"plain:   {plain[0]:7.0f} MB  {plain[1]:6.2f} s\n"
        f"chunked: {chunked[0]:7.0f} MB  {chunked[1]:6.2f} s\n"
        f"ratio:   {memory:7.2f}     {duration:6.2f}"
    )
    return None


if __name__ == "__main__":
    main()
