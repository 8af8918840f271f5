"""Where Winograd's form of a 3 x 3 convolution pays, on this backend.

    python -m tests.benchmarks.bench_winograd

Layers of R50 on an image of 512 x 512, and of 800 x 1088: milliseconds of both
cores for the backend's own convolution and for Winograd's, turn by turn, and
which of them the network takes.
"""

import time

import numpy as np

GRIDS = tuple((size, size) for size in (40, 36, 24, 16, 12))
# What it is; maps; channels, filters.
LAYERS = [
    ("towers", GRIDS, (512, 512)),
    ("first of a tower", GRIDS, (258, 512)),
    ("kernels", GRIDS, (512, 256)),
    ("categories", GRIDS, (512, 80)),
    ("pyramid P2", [(128, 128)], (256, 256)),
    ("pyramid P2, 800 x 1088", [(200, 272)], (256, 256)),
    ("pyramid P3", [(64, 64)], (256, 256)),
    ("pyramid P4", [(32, 32)], (256, 256)),
    ("mask head P2", [(128, 128)], (256, 128)),
    ("ResNet, second stage", [(64, 64)], (128, 128)),
    ("ResNet, fourth stage", [(16, 16)], (512, 512)),
]
TURNS = 15


def main():
    import keras

    print(f"{keras.backend.backend()}, ms of all cores\n")
    print(
        "| layer | channels | plain | Winograd | taken |\n|---|---|---|---|---|"
    )
    for name, sizes, channels in LAYERS:
        plain, winograd, taken = measure(sizes, channels)
        print(
            f"| {name} | {channels[0]} to {channels[1]} | {plain:.1f} "
            f"| {winograd:.1f} | {'Winograd' if taken else 'plain'} |",
            flush=True,
        )


def measure(sizes, channels):
    """Milliseconds of both, and whether the network takes Winograd's."""
    from keras import ops

    from keras_solo._backend import convolution
    from tests.benchmarks.bench_convolutions import laid_out
    from tests.benchmarks.bench_decoder import compiled

    rng = np.random.default_rng(0)
    shapes = [(1, *size, channels[0]) for size in sizes]
    *maps, kernel = (
        ops.convert_to_tensor(rng.normal(size=shape).astype("float32"))
        for shape in (*shapes, (3, 3, *channels))
    )
    kernel = laid_out(kernel * 0.01)
    functions = compiled(plainly), compiled(convolution.winograd_convolve)
    seconds = [[], []]
    for turn in range(TURNS + 2):
        for function, times in zip(functions, seconds, strict=True):
            before = time.process_time()
            function(maps, kernel)
            if turn >= 2:
                times.append(time.process_time() - before)
    taken = convolution._is_for_winograd(maps, kernel)
    return *(1000 * np.median(times) for times in seconds), taken


def plainly(maps, kernel):
    from keras_solo._backend import convolution

    if convolution.keras.backend.backend() == "torch":
        form = convolution._convolve_by_torch
        return [form(x, kernel, None, (1, 1), (1, 1)) for x in maps]
    padded = [convolution._surrounded(x, (1, 1)) for x in maps]
    return [convolution._convolved(x, kernel, (1, 1)) for x in padded]


if __name__ == "__main__":
    main()
