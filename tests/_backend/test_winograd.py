import numpy as np
import pytest
from keras import ops

from keras_solo._backend import winograd
from keras_solo._backend.winograd import winograd_convolve


def by_loops(features, kernel):
    """Nine products, in float64."""
    padded = np.pad(
        features.astype("float64"), [(0, 0), (1, 1), (1, 1), (0, 0)]
    )
    _, height, width, _ = features.shape
    return sum(
        padded[:, y : y + height, x : x + width] @ kernel[y, x]
        for y in range(3)
        for x in range(3)
    )


def test_by_hand():
    """One at each place, zeros around: 4 in a corner, 6 at an edge, 9."""
    maps = [np.ones((1, 3, 4, 1), "float32")]
    (got,) = winograd_convolve(maps, np.ones((3, 3, 1, 1), "float32"))
    want = [[4, 6, 6, 4], [6, 9, 9, 6], [4, 6, 6, 4]]
    got = ops.convert_to_numpy(got)[0, :, :, 0]
    np.testing.assert_allclose(got, want, rtol=1e-5)


@pytest.mark.parametrize(
    "sizes", [[(1, 1)], [(4, 4)], [(17, 6), (1, 8), (4, 5)]]
)
@pytest.mark.parametrize("full", [1, 4, 256])
def test_maps_of_all_sizes(monkeypatch, sizes, full):
    monkeypatch.setattr(winograd, "FULL", full)
    monkeypatch.setattr(winograd, "KERNEL_PART", 10 * full)
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 5, 4)).astype("float32")
    maps = [rng.normal(size=(2, *s, 5)).astype("float32") for s in sizes]
    outputs = winograd_convolve(
        [ops.convert_to_tensor(features) for features in maps],
        ops.convert_to_tensor(kernel),
    )
    for got, features in zip(outputs, maps, strict=True):
        want = by_loops(features, kernel)
        np.testing.assert_allclose(ops.convert_to_numpy(got), want, atol=2e-5)


def test_an_empty_batch():
    maps = [ops.zeros((0, 5, 7, 3)), ops.zeros((0, 2, 2, 3))]
    outputs = winograd_convolve(maps, ops.zeros((3, 3, 3, 4)))
    shapes = [tuple(features.shape) for features in outputs]
    assert shapes == [(0, 5, 7, 4), (0, 2, 2, 4)]


def test_rounding_with_many_channels():
    """Deviation 1, and errors of float32."""
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 512, 8)).astype("float32") / 68.0
    features = rng.normal(size=(1, 12, 12, 512)).astype("float32")
    (got,) = winograd_convolve(
        [ops.convert_to_tensor(features)], ops.convert_to_tensor(kernel)
    )
    error = ops.convert_to_numpy(got) - by_loops(features, kernel)
    assert np.sqrt(np.mean(error**2)) < 3e-6
    assert np.abs(error).max() < 2e-5
