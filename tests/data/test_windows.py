"""Windows of images, and intensities of the whole."""

import sys

import cv2
import numpy as np
import pytest
import tifffile

from keras_solo.data import ImageError, load_image, open_windows, windows
from keras_solo.data.pixel_source import ArrayPixels, blocks
from keras_solo.data.windows import fixed_intensity, sampled_every
from keras_solo.geometry import Intensity

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (40, 61, 3), np.uint8)
BY_PERCENTILES = Intensity("percentiles")


@pytest.mark.parametrize("nothing", [None, 3, np.zeros((4, 4), np.uint8)])
def test_nothing(nothing):
    for source in (nothing, lambda: nothing):
        with pytest.raises(ValueError, match="Expected a path, a uint8 RGB"):
            open_windows(source)


def put_together(opened, block=(16, 25)):
    image = np.zeros((*opened.size, 3), np.uint8)
    for window in blocks(opened.size, block):
        x1, y1, x2, y2 = window
        image[y1:y2, x1:x2] = opened.read(window)
    return image


def test_arrays_and_functions():
    for source in (IMAGE, lambda: IMAGE):
        with open_windows(source) as opened:
            assert opened.size == (40, 61)
            assert opened.image is IMAGE
            assert np.shares_memory(opened.read((0, 0, 2, 2)), IMAGE)
            np.testing.assert_array_equal(put_together(opened), IMAGE)


@pytest.mark.parametrize(
    "window",
    [(0, 0, 0, 5), (3, 3, 2, 5), (-1, 0, 2, 2), (0, 0, 62, 2), (0, 0, 2, 41)],
)
def test_windows_elsewhere(window):
    with pytest.raises(ValueError, match="Expected a window .* 40 x 61 pixels"):
        open_windows(IMAGE).read(window)


def test_image_files_are_decoded_whole(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), IMAGE[..., ::-1])
    for source in (path, str(path)):
        with open_windows(source) as opened:
            np.testing.assert_array_equal(opened.image, IMAGE)
            np.testing.assert_array_equal(put_together(opened), IMAGE)
    deep = RNG.integers(0, 4096, (9, 8), np.uint16)
    cv2.imwrite(str(path), deep)
    opened = open_windows(path, BY_PERCENTILES)
    want = BY_PERCENTILES.to_rgb(deep)
    np.testing.assert_array_equal(put_together(opened), want)
    np.testing.assert_array_equal(opened.image, want)


def test_files_that_cannot_be_read(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), IMAGE)
    with pytest.raises(ImageError, match=r"a\.png: .* max_pixels=2439"):
        open_windows(path, max_pixels=2439)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ImageError, match=r"a\.png: the image is truncated"):
        open_windows(path)
    with pytest.raises(ImageError, match=r"none\.tif: cannot be read"):
        open_windows(tmp_path / "none.tif")


def test_the_limit_is_not_for_arrays():
    assert open_windows(IMAGE, max_pixels=1).size == (40, 61)


# === Memory-mapped ===


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_mapped_arrays(tmp_path, mode):
    path = tmp_path / "a.npy"
    np.save(path, IMAGE)
    mapped = np.load(path, mmap_mode=mode)
    with open_windows(mapped) as opened:
        assert opened.image is None
        np.testing.assert_array_equal(put_together(opened), IMAGE)
        np.testing.assert_array_equal(opened.reduced((40, 61)), IMAGE)
    assert (mapped == IMAGE).all()


# === Intensities ===


def images():
    for dtype, most in (("uint8", 99), ("uint16", 4096), ("int16", 999)):
        for shape in ((40, 61), (40, 61, 3)):
            yield RNG.integers(1, most, shape).astype(dtype)
            yield RNG.integers(1, most, shape).astype(dtype) ** 2
    floats = RNG.normal(0, 1, (40, 61, 3)).astype("float32")
    floats[3, :5] = [np.nan, np.inf, -np.inf]
    yield floats
    yield floats[..., 0]
    yield np.full((40, 61), np.inf)


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("at_once", [(1, 61), (7, 9), (64, 64)])
def test_windows_join_without_seams(per_channel, at_once, monkeypatch):
    """Each is the window of the whole, scaled."""
    monkeypatch.setattr("keras_solo.data.pixel_source.AT_ONCE", at_once)
    intensity = Intensity("percentiles", (3, 98), per_channel)
    for image in images():
        for pixels in (image, image.astype(image.dtype.newbyteorder())):
            opened = open_windows(pixels, intensity)
            want = intensity.to_rgb(image)
            np.testing.assert_array_equal(put_together(opened), want)
            assert opened.image is None


def test_of_many_floats_a_sample_is_counted(monkeypatch):
    monkeypatch.setattr(windows, "MOST_SAMPLED", 600)
    monkeypatch.setattr("keras_solo.data.pixel_source.AT_ONCE", (5, 7))
    image = RNG.normal(0, 1, (40, 61, 3))
    assert sampled_every((40, 61)) == 3
    fixed = fixed_intensity(ArrayPixels(image), BY_PERCENTILES)
    assert fixed == BY_PERCENTILES.of_blocks([image[::3, ::3]])
    assert fixed != BY_PERCENTILES.of_blocks([image])
    deep = (image * 9 + 99).astype(np.uint16)
    fixed = fixed_intensity(ArrayPixels(deep), BY_PERCENTILES)
    assert fixed == BY_PERCENTILES.of_blocks([deep])


# === Reduced ===


def test_reduced():
    opened = open_windows(IMAGE)
    assert opened.reduced((21, 1)) is IMAGE
    assert opened.reduced((400, 400)) is IMAGE
    even = cv2.resize(IMAGE[:39, :60], (20, 13), interpolation=cv2.INTER_AREA)
    small = opened.reduced((13, 20))
    assert small.shape == (14, 21, 3)
    np.testing.assert_array_equal(small[:13, :20], even)
    with pytest.raises(ValueError, match="Expected a size of two positive"):
        opened.reduced((0, 5))


def test_reduced_is_scaled_as_the_whole(monkeypatch):
    monkeypatch.setattr("keras_solo.data.pixel_source.AT_ONCE", (1, 5))
    deep = RNG.integers(0, 4096, (40, 61), np.uint16)
    scaled = open_windows(BY_PERCENTILES.to_rgb(deep)).reduced((9, 9))
    opened = open_windows(deep, BY_PERCENTILES)
    np.testing.assert_array_equal(opened.reduced((9, 9)), scaled)


# === TIFFs in parts ===


@pytest.fixture
def deep_tiff(tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "WHOLE_PIXELS", 100)
    deep = RNG.integers(0, 4096, (40, 61), np.uint16)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, deep, tile=(16, 16), compression="zlib")
    return path, deep


def test_a_large_tiff_is_read_in_parts(deep_tiff):
    path, deep = deep_tiff
    for intensity in (Intensity(), BY_PERCENTILES):
        whole = load_image(path, intensity=intensity)
        with open_windows(path, intensity, max_pixels=10) as opened:
            assert opened.size == (40, 61) and opened.image is None
            np.testing.assert_array_equal(put_together(opened), whole)
            small = opened.reduced((9, 9))
        in_memory = open_windows(whole).reduced((9, 9))
        np.testing.assert_array_equal(small, in_memory)


def test_a_small_tiff_is_decoded_whole(deep_tiff, monkeypatch):
    path, deep = deep_tiff
    monkeypatch.setattr(windows, "WHOLE_PIXELS", deep.size)
    assert open_windows(path).image is not None
    with open_windows(path, max_pixels=deep.size - 1) as opened:
        assert opened.image is None


def test_a_tiff_of_floats_is_for_percentiles(deep_tiff):
    path, deep = deep_tiff
    tifffile.imwrite(path, deep.astype("f4"), tile=(16, 16))
    with pytest.raises(ImageError, match=r"a\.tif: expected .* float32"):
        open_windows(path)
    want = BY_PERCENTILES.to_rgb(deep)
    with open_windows(path, BY_PERCENTILES) as opened:
        np.testing.assert_array_equal(put_together(opened), want)


def test_a_tiff_that_is_not_read_in_parts(deep_tiff, monkeypatch):
    path, deep = deep_tiff
    monkeypatch.setitem(sys.modules, "tifffile", None)
    whole = load_image(path)
    np.testing.assert_array_equal(open_windows(path).image, whole)
    message = r"a\.tif: .* 40 x 61 .* max_pixels=99.*keras-solo\[tiff\]"
    with pytest.raises(ImageError, match=message):
        open_windows(path, max_pixels=99)


def test_a_damaged_tile_is_found_by_percentiles(deep_tiff):
    path, _ = deep_tiff
    data = path.read_bytes()
    path.write_bytes(data[:-40])
    with pytest.raises(ImageError, match=r"a\.tif: tile or strip"):
        open_windows(path, BY_PERCENTILES)
