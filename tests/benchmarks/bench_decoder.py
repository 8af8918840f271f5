"""Time and peak memory of the decoder: a usual image and the worst one.

    KERAS_BACKEND=jax python tests/benchmarks/bench_decoder.py [--turns 7]

Four cases, each in a process of its own, 80 classes, 256 channels:

- `usual`: 110 cells claim a class, 90 instances remain, masks of 200 x 272;
- `worst`: every one of 3,872 cells x 80 classes is above the threshold and
  500 cells are decoded, masks of 200 x 336;
- `matrix_nms`: 500 masks of 200 x 272;
- `hard_nms`: the same masks, hard NMS.

The call is compiled as `segment` does it (`jax.jit`, `tf.function`; PyTorch
runs as it is) and warmed up on an image in which there is nothing, which
compiles every size. Memory is the peak of the process during the first call
with the case's inputs, over what it holds just before; the inputs are loaded
by then. Times are those of the calls after that, and the CPU time of all
threads of one call beside them: on a machine that others use, that is the
steadier figure.
"""

import argparse
import ctypes
import os
import statistics
import subprocess
import sys
import time

import numpy as np

CASES = ("usual", "worst", "matrix_nms", "hard_nms")
CELLS, CLASSES, CHANNELS = 3872, 80, 256


def rectangles(count, height, width):
    """`(count, height, width)` booleans, one rectangle each."""
    rng = np.random.default_rng(0)
    masks = np.zeros((count, height, width), bool)
    for mask in masks:
        top, left = rng.integers(0, height - 50), rng.integers(0, width - 70)
        rows, columns = rng.integers(10, 50), rng.integers(10, 70)
        mask[top : top + rows, left : left + columns] = True
    return masks


def outputs(case):
    """The network's outputs for one image, as NumPy arrays."""
    rng = np.random.default_rng(1)
    height, width = 200, 336 if case == "worst" else 272
    # The kernel of a cell picks a channel, which shows a rectangle.
    shown = rectangles(CHANNELS, height, width)
    features = np.where(shown, 4.0, -4.0).astype("float32").transpose(1, 2, 0)
    kernels = np.zeros((1, CELLS, CHANNELS), "float32")
    kernels[0, np.arange(CELLS), rng.integers(0, CHANNELS, CELLS)] = 1
    logits = np.full((1, CELLS, CLASSES), -9.0, "float32")
    if case == "worst":
        logits[:] = 0.0
        logits[:, :, 0] = 0.5  # The best 500 pairs are of 500 cells.
    elif case == "usual":
        cells = rng.choice(CELLS // 3, 110, replace=False) * 3
        labels = rng.integers(0, CLASSES, 110)
        labels[90:] = labels[:20]  # 20 duplicates, with a score that falls out.
        channels = np.arange(110)
        channels[90:] = channels[:20]
        kernels[0, cells] = np.eye(CHANNELS, dtype="float32")[channels]
        logits[0, cells, labels] = np.where(np.arange(110) < 90, 2.0, -1.2)
    return {
        "category_logits": logits,
        "kernels": kernels,
        "mask_features": np.ascontiguousarray(features[None]),
    }


def inputs(case):
    """What warms up, and what is measured: tuples of NumPy arrays."""
    if case.endswith("_nms"):
        rng = np.random.default_rng(2)
        masks = rectangles(500, 200, 272)
        labels = rng.integers(0, 8, 500).astype("int32")
        scores = rng.random(500).astype("float32")
        return (np.zeros_like(masks), labels, scores), (masks, labels, scores)
    values = outputs(case)
    nothing = np.full_like(values["category_logits"], -9.0)
    return ({**values, "category_logits": nothing},), (values,)


def compiled(function):
    """A function that returns when its result is there."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        jitted = jax.jit(function)
        return lambda *args: jax.block_until_ready(jitted(*args))
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function, autograph=False)
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    return torch.no_grad()(function)


def memory(name):
    """Megabytes that the kernel counts for this process under a name."""
    with open("/proc/self/status") as lines:
        line = next(line for line in lines if line.startswith(name))
    return int(line.split()[1]) / 1024


def measure(case, turns):
    """Prints peak memory, median and least time, and least CPU time."""
    from keras import ops, tree

    from keras_solo import layers

    nothing, values = (
        tree.map_structure(ops.convert_to_tensor, x) for x in inputs(case)
    )
    nms = case.endswith("_nms")
    call = compiled(getattr(layers, case) if nms else layers.InstanceDecoder())
    start = time.perf_counter()
    call(*nothing)
    warm_up = time.perf_counter() - start
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as switch:
        switch.write("5")  # The peak counts from here.
    before = memory("VmRSS")
    call(*values)
    peak = memory("VmHWM") - before
    walls, cpus = [], []
    for _ in range(turns):
        start = time.perf_counter(), time.process_time()
        call(*values)
        walls.append(time.perf_counter() - start[0])
        cpus.append(time.process_time() - start[1])
    times = (statistics.median(walls), min(walls), min(cpus))
    print("RESULT", peak, *(1e3 * t for t in times), warm_up)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=CASES, help="in this process")
    parser.add_argument("--turns", type=int, default=7)
    options = parser.parse_args()
    if options.case:
        measure(options.case, options.turns)
        return
    columns = ("peak MB", "median ms", "least ms", "CPU ms", "warm-up s")
    print(f"{'case':12}", *(f"{name:>10}" for name in columns))
    for case in CASES:
        command = [sys.executable, __file__, "--case", case]
        command += ["--turns", str(options.turns)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        line = done.stdout.decode().splitlines()[-1]
        print(f"{case:12}", *(f"{float(x):10.1f}" for x in line.split()[1:]))


if __name__ == "__main__":
    main()
