import numpy as np

from keras_solo import SOLOv2
from tests.benchmarks import bench_convolutions


def test_every_convolution_is_found():
    model = SOLOv2.from_preset("solov2_tiny_shapes", load_weights=False)
    images = np.zeros((1, 128, 128, 3), "float32")
    found = bench_convolutions.convolutions(model, images)
    layers = [x for x in model._flatten_layers() if hasattr(x, "strides")]
    kernels = {tuple(x.kernel.shape) for x in layers if hasattr(x, "kernel")}
    assert {kernel for _, kernel, _ in found} == kernels
    towers = [maps for maps, *_, options in found if not options]
    assert all(len(maps) == len(model.levels.names) for maps in towers)
    several = sum(n for (*_, options), n in found.items() if not options)
    assert several == 2 * (model.head.num_convs + 1)


def test_one_map_and_several():
    maps = [np.ones((1, 4, 4, 1), "float32")]
    kernel = np.ones((3, 3, 1, 1), "float32")
    options = {"strides": (2, 2), "padding": (1, 1)}
    (one,) = bench_convolutions.convolved(maps, kernel, options)
    assert tuple(one.shape) == (1, 2, 2, 1)
    (same,) = bench_convolutions.convolved(maps, kernel, {})
    assert tuple(same.shape) == (1, 4, 4, 1)
