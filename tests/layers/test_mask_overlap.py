import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers import mask_overlap as module
from keras_solo.layers.mask_overlap import BLOCK, FEWEST, mask_overlap


def overlap(pixels):
    return tuple(ops.convert_to_numpy(x) for x in mask_overlap(pixels))


def check(pixels):
    shared, areas = overlap(pixels)
    assert shared.dtype == areas.dtype == "float32"
    wide = pixels.astype("float64")
    np.testing.assert_array_equal(shared, wide @ np.swapaxes(wide, -1, -2))
    np.testing.assert_array_equal(areas, wide.sum(-1))


def test_nothing():
    check(np.zeros((0, 5), bool))
    check(np.zeros((3, 0), bool))
    check(np.zeros((FEWEST, 0), bool))


def test_by_hand():
    shared, areas = overlap(np.array([[1, 1, 0, 0], [0, 1, 1, 1]], "uint8"))
    assert shared.tolist() == [[2, 1], [1, 3]]
    assert areas.tolist() == [2, 3]


def refuse(*args):
    raise AssertionError("should not be called")


@pytest.mark.parametrize("count", [FEWEST, FEWEST + 1, FEWEST + 2, FEWEST + 3])
@pytest.mark.parametrize("size", [BLOCK, 2 * BLOCK, 2 * BLOCK + 7])
def test_packed(count, size):
    """Exact for any number of masks and pixels, full masks among them."""
    pixels = np.random.default_rng(count).random((count, size)) > 0.3
    pixels[:3], pixels[-3:] = True, True
    check(pixels)
    # Packed counts were right: nothing was counted plainly.
    packed = module._packed(ops.convert_to_tensor(pixels))
    for got, want in zip(packed, overlap(pixels), strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(got), want)


@pytest.mark.skipif(
    keras.config.backend() != "jax", reason="runs loops step by step"
)
def test_called_by_itself_it_is_traced_once(monkeypatch):
    """JAX compiles loops and branches; those of new functions, each time."""
    pixels = np.random.default_rng(0).random((FEWEST + 4, 2 * BLOCK)) > 0.5
    check(pixels)
    monkeypatch.setattr(module, "_add", refuse)
    monkeypatch.setattr(module, "_plain", refuse)
    check(pixels)


def test_few_masks_are_not_packed(monkeypatch):
    monkeypatch.setattr(module, "_packed", refuse)
    rng = np.random.default_rng(0)
    check(rng.random((FEWEST - 1, BLOCK)) > 0.5)
    check(rng.random((FEWEST, BLOCK - 1)) > 0.5)
    check(rng.random((2, FEWEST, BLOCK)) > 0.5)


def test_factors_that_the_hardware_rounds(monkeypatch):
    """In bfloat16 4097 is 4096; the plain product has no such factor."""
    products = module._products

    def rounded(a, b):
        a, b = (ops.cast(ops.cast(x, "bfloat16"), "float32") for x in (a, b))
        return products(a, b)

    # A number of masks that no other test has: JAX keeps what it traced.
    pixels = np.random.default_rng(0).random((FEWEST + 5, BLOCK)) > 0.5
    monkeypatch.setattr(module, "_products", rounded)
    packed, _ = module._packed(ops.convert_to_tensor(pixels))
    diagonal = np.diag(ops.convert_to_numpy(packed))
    assert diagonal.sum() < pixels.sum()
    check(pixels)


def test_what_is_not_binary():
    rng = np.random.default_rng(0)
    check(rng.integers(0, 4, (FEWEST, BLOCK)).astype("uint8"))
    check((rng.integers(0, 3, (FEWEST, BLOCK)) / 2).astype("float32"))
