"""Counts of pixels, and what two percentiles of them become."""

import numpy as np
import pytest

from keras_solo.geometry import stretch
from keras_solo.geometry.stretch import PixelCounts, Stretch

NUMBERS = ["uint8", "uint16", "int16", "uint32", "float32", "float64"]


def counted(*parts):
    counts = PixelCounts()
    for part in parts:
        counts.add(part)
    return counts


@pytest.mark.parametrize("dtype", NUMBERS)
def test_no_pixels(dtype):
    nothing = np.zeros((0, 3), dtype)
    for counts in (PixelCounts(), counted(nothing, nothing)):
        assert counts.stretch((0, 100)) == Stretch(0.0, 0.0, 0.0)
    assert Stretch(0.0, 0.0, 0.0).to_uint8(nothing).shape == (0, 3)


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_a_table_by_hand(dtype, at_once, monkeypatch):
    monkeypatch.setattr(stretch, "COUNTED_AT_ONCE", at_once)
    pixels = np.array([[10, 60, 30], [20, 30, 30]], dtype)
    for counts in (counted(pixels), counted(pixels[:1], pixels[1:])):
        assert counts.stretch((0, 100)) == Stretch(10.0, 60.0, 60.0)
        assert counts.stretch((17, 83)) == Stretch(20.0, 30.0, 60.0)
    scaled = Stretch(20.0, 30.0, 60.0).to_uint8(pixels)
    assert scaled.tolist() == [[0, 255, 255], [0, 255, 255]]


def test_what_is_no_number_counts_as_the_ends_of_the_whole():
    nan, inf = np.nan, np.inf
    first, second = np.array([nan, 5, inf]), np.array([2.0, -inf, 5.0])
    found = counted(first, second).stretch((51, 100))
    assert found == Stretch(5.0, 5.0, 5.0)
    assert found.to_uint8(first).tolist() == [0, 0, 0]
    whole = counted(first, second).stretch((0, 100))
    assert whole.to_uint8(first).tolist() == [0, 255, 255]
    assert whole.to_uint8(second).tolist() == [0, 0, 255]


@pytest.mark.parametrize("dtype", ["bool", "complex64", "U1", "object"])
def test_what_is_no_pixel(dtype):
    with pytest.raises(ValueError, match="integers or floats"):
        counted(np.zeros((2, 2), dtype))
