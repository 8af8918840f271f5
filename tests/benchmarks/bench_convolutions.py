"""How much of the network's time its convolutions take: the floor beneath it.

Ours runs every convolution of the network on numbers that are there, compiled
together, in the form that the network gives it (Winograd's or the backend's
own), and takes the largest number of each result; nothing else: no
normalisation, no ReLU, no resizing, no decoder. Theirs is the whole of
MMDetection's forward pass or `predict`. With these convolutions the network
cannot have a smaller ratio than this.
"""

import collections
import contextlib
import functools
import unittest.mock

from tests.benchmarks import bench_forward, bench_predict
from tests.benchmarks.cases import Case

TITLE = "Convolutions alone"
# Where the network's layers find them.
SINGLE = (
    "keras_solo.layers.convolution.convolve",
    "keras_solo.layers.normalized_convolution.convolve",
)
TOGETHER = "keras_solo.layers.convolution.convolve_all"


def ours(material, name, size):
    import numpy as np
    from keras import ops

    from tests.benchmarks.bench_decoder import compiled
    from tests.benchmarks.ours import load

    rng = np.random.default_rng(0)

    def numbers(shape):
        numbers = rng.normal(size=shape, scale=0.05).astype("float32")
        return ops.convert_to_tensor(numbers)

    works, arguments = [], []
    found = convolutions(load(material, name), material.canvas(*size))
    for (maps, kernel, options), times in found.items():
        tensors = [numbers(shape) for shape in maps]
        for _ in range(times):
            works.append(dict(options))
            arguments.append((tensors, laid_out(numbers(kernel))))

    def all_of_them(arguments):
        # Of each one number, so that nothing needs to be kept.
        return [
            ops.max(ops.stack([ops.max(x) for x in convolved(*both, options)]))
            for both, options in zip(arguments, works, strict=True)
        ]

    function = compiled(all_of_them)

    def call():
        return len(function(arguments))

    return call


def convolved(maps, kernel, options):
    from keras_solo._backend.convolution import convolve, convolve_all

    if options:
        return [convolve(maps[0], kernel, **options)]
    return convolve_all(maps, kernel)


def laid_out(kernel):
    """As a layer keeps its kernel."""
    import keras

    from keras_solo._backend.convolution import lay_out

    variable = keras.Variable(kernel)
    lay_out(variable)
    return variable.value


def convolutions(model, images):
    """Those of a forward pass, and how often: shapes, kernel, options."""
    from keras_solo._backend import convolution

    found = collections.Counter()

    def convolve(inputs, kernel, bias=None, strides=(1, 1), padding=(0, 0)):
        shapes = (tuple(inputs.shape),)
        options = ("strides", tuple(strides)), ("padding", tuple(padding))
        found[shapes, tuple(kernel.shape), options] += 1
        return single(inputs, kernel, bias, strides, padding)

    def convolve_all(maps, kernel, bias=None):
        shapes = tuple(tuple(features.shape) for features in maps)
        found[shapes, tuple(kernel.shape), ()] += 1
        return together(maps, kernel, bias)

    single, together = convolution.convolve, convolution.convolve_all
    with contextlib.ExitStack() as patches:
        for place, function in [
            *((place, convolve) for place in SINGLE),
            (TOGETHER, convolve_all),
        ]:
            patches.enter_context(unittest.mock.patch(place, function))
        model(images, training=False)
    return found


def case(title, theirs, name, size):
    start = functools.partial(ours, name=name, size=size)
    return Case(title, start, theirs)


CASES = [
    case(
        "R50, 512 × 512, beside the forward pass",
        bench_forward.theirs,
        "r50",
        (512, 512),
    ),
    *(
        case(
            f"{title}, beside predict",
            functools.partial(bench_predict.theirs, name=name, size=size),
            name,
            size,
        )
        for title, name, size in (
            ("R50, 800 × 1088", "r50", (800, 1088)),
            ("light R18, 448 × 672", "light_r18", (448, 672)),
        )
    ),
]
