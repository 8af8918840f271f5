"""Percentiles by hand, and what must hold of any pixels."""

import json

import numpy as np
import pytest

from keras_solo.geometry import Intensity
from keras_solo.geometry.intensity import (
    scale_by_type,
)

BY_PERCENTILES = Intensity("percentiles")
DTYPES = [
    *("uint8", "int8", "uint16", "int16", "uint32", "int64"),
    *("float16", "float32", "float64"),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0, 4), (0, 4, 3), (3, 0)])
def test_no_pixels(dtype, shape):
    scaled = BY_PERCENTILES.to_uint8(np.zeros(shape, dtype))
    assert scaled.shape == shape and scaled.dtype == np.uint8


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "percentiles, expected",
    [
        # Of five values each is a fifth: at most 20 percent are the first.
        ((0, 100), [0, 51, 102, 102, 255]),
        ((20, 80), [0, 128, 255, 255, 255]),
        ((20.1, 80), [0, 0, 255, 255, 255]),
        ((20, 80.1), [0, 51, 102, 102, 255]),
        ((40, 60), [0, 0, 255, 255, 255]),
        # Both are the value that is there twice.
        ((60, 80), [0, 0, 0, 0, 255]),
    ],
)
def test_a_table_by_hand(dtype, percentiles, expected):
    pixels = np.array([[10, 20, 30, 30, 60]], dtype)
    scaled = Intensity("percentiles", percentiles).to_uint8(pixels)
    assert scaled.dtype == np.uint8
    assert scaled.tolist() == [expected]


def test_12_bits_in_16_fill_8():
    """By type they are nearly black."""
    pixels = np.random.default_rng(0).integers(0, 4096, (64, 64), np.uint16)
    assert Intensity().to_uint8(pixels).max() == 16
    scaled = BY_PERCENTILES.to_uint8(pixels)
    assert scaled.min() == 0 and scaled.max() == 255
    assert 120 < scaled.mean() < 135
    # A hot pixel does not make it dark again.
    pixels[0, 0] = 65535
    assert 120 < BY_PERCENTILES.to_uint8(pixels).mean() < 135


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [0, 1, 100])
def test_one_value_becomes_0(dtype, value):
    pixels = np.full((3, 4), value, dtype)
    assert not BY_PERCENTILES.to_uint8(pixels).any()


def some_pixels():
    rng = np.random.default_rng(0)
    for dtype in DTYPES:
        for spread in (0, 1, 3, 100):
            size = rng.integers(1, 30, 2)
            pixels = np.abs(rng.normal(0, spread, size)).clip(0, 127)
            yield pixels.astype(dtype)


def test_three_equal_channels_are_one_and_types_do_not_matter():
    for pixels in some_pixels():
        low, high = sorted(np.random.default_rng(1).uniform(0, 100, 2))
        intensity = Intensity("percentiles", (low, high))
        scaled = intensity.to_uint8(pixels)
        three = np.dstack([pixels] * 3)
        np.testing.assert_array_equal(
            intensity.to_uint8(three), np.dstack([scaled] * 3)
        )
        np.testing.assert_array_equal(
            intensity.to_uint8(pixels.astype("float64")), scaled
        )
        np.testing.assert_array_equal(
            intensity.to_uint8(np.asfortranarray(pixels)[::-1]), scaled[::-1]
        )


@pytest.mark.parametrize("per_channel", [False, True])
def test_what_is_scaled_stays(per_channel):
    """So that it does not matter who scales first."""
    rng = np.random.default_rng(2)
    for pixels in some_pixels():
        if pixels.dtype.kind == "f":
            holes = rng.random(pixels.shape) < 0.2
            pixels = np.where(holes, np.float64("nan"), pixels)
        image = np.dstack([pixels, pixels // 2, pixels * 0])
        low, high = sorted(rng.uniform(0, 100, 2))
        intensity = Intensity("percentiles", (low, high), per_channel)
        scaled = intensity.to_uint8(image)
        np.testing.assert_array_equal(intensity.to_uint8(scaled), scaled)


def test_channels_together_or_each():
    image = np.zeros((1, 5, 3), np.uint16)
    image[0, :, 0] = [0, 10, 20, 30, 40]
    image[0, :, 1] = [0, 100, 200, 300, 400]
    extent = (0, 100)
    together = Intensity("percentiles", extent).to_uint8(image)
    assert together[0, :, 0].tolist() == [0, 6, 13, 19, 26]
    assert together[0, -1].tolist() == [26, 255, 0]
    each = Intensity("percentiles", extent, per_channel=True).to_uint8(image)
    assert each[0, -1].tolist() == [255, 255, 0]
    gray = Intensity("percentiles", extent, per_channel=True)
    assert gray.to_uint8(image[..., 0])[0, -1] == 255


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_no_number(dtype):
    nan, inf = np.nan, np.inf
    pixels = np.array([[nan, 1, 2, 3, inf, -inf]], dtype)
    whole = Intensity("percentiles", (0, 100))
    assert whole.to_uint8(pixels).tolist() == [[0, 0, 128, 255, 255, 0]]
    for value in (nan, inf, -inf):
        only = np.full((2, 2), value, dtype)
        assert not whole.to_uint8(only).any()


def test_the_largest_and_the_smallest_numbers():
    most = np.finfo("float64").max
    whole = Intensity("percentiles", (0, 100))
    with np.errstate(all="raise"):
        wide = whole.to_uint8(np.array([[-most, 0.0, most]]))
        narrow = whole.to_uint8(np.array([[0.0, 5e-324]]))
        beyond = Intensity("percentiles", (40, 60)).to_uint8(
            np.array([[-most, most / 2, most, most, most]])
        )
    assert beyond.tolist() == [[0, 0, 255, 255, 255]]
    assert wide.tolist() == [[0, 128, 255]]
    assert narrow.tolist() == [[0, 255]]


def test_by_type():
    eight = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert scale_by_type(eight) is eight
    deep = np.array([[0, 128, 129, 257, 65535]], np.uint16)
    assert scale_by_type(deep).tolist() == [[0, 0, 1, 1, 255]]
    for dtype in ("int16", "float32", "bool"):
        with pytest.raises(ValueError, match=f"8 or 16 bits .*{dtype}"):
            Intensity().to_uint8(np.zeros((2, 2), dtype))


@pytest.mark.parametrize("dtype", ["bool", "complex64", "U1", "object"])
def test_what_is_no_pixel(dtype):
    with pytest.raises(ValueError, match="integers or floats"):
        BY_PERCENTILES.to_uint8(np.zeros((2, 2), dtype))


@pytest.mark.parametrize("shape", [(), (4,), (4, 4, 1), (4, 4, 4), (0, 4, 3)])
def test_what_is_no_image(shape):
    with pytest.raises(ValueError, match="Expected an image of shape"):
        BY_PERCENTILES.to_rgb(np.zeros(shape, "uint16"))


def test_gray_becomes_rgb():
    pixels = np.array([[0, 5], [7, 10]], np.float32)
    rgb = Intensity("percentiles", (0, 100)).to_rgb(pixels)
    assert rgb.tolist() == [[[0] * 3, [128] * 3], [[178] * 3, [255] * 3]]


@pytest.mark.parametrize(
    "percentiles",
    [
        *((99, 1), (5, 5), (-1, 99), (1, 101), (1,), (1, 2, 3), 5, None),
        *((np.nan, 99), (1, np.inf), "19", ("a", "b"), (10**400, 1), ()),
    ],
)
def test_wrong_percentiles(percentiles):
    with pytest.raises(ValueError, match="Expected two percentiles, 0 to 100"):
        Intensity("percentiles", percentiles)


def test_other_wrong_arguments():
    with pytest.raises(ValueError, match="scaling='max'"):
        Intensity("max")
    with pytest.raises(ValueError, match="per_channel='no'"):
        Intensity(per_channel="no")
    with pytest.raises(ValueError, match="Expected an Intensity"):
        Intensity.from_config("percentiles")


def test_config_comes_back():
    intensity = Intensity("percentiles", [2, 98], True)
    config = json.loads(json.dumps(intensity.get_config()))
    assert Intensity.from_config(config) == intensity
    assert Intensity.from_config(intensity) is intensity
    assert not Intensity().by_percentiles and intensity.by_percentiles
