"""TIFFs read in parts are what they are when they are read whole."""

import zlib

import cv2
import numpy as np
import pytest
import tifffile

from keras_solo.data import ImageError, load_image, tiff_pixels
from keras_solo.data.pixel_source import ArrayPixels, blocks
from keras_solo.data.tiff_pixels import TiffPixels, check_jpeg, open_tiff
from keras_solo.geometry import Intensity

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (53, 75, 4), np.uint8)
KINDS = {
    "stored": {},
    "strips": {"rowsperstrip": 7, "compression": "zlib"},
    "tiles": {"tile": (16, 32)},
    "deflate": {"tile": (16, 32), "compression": "zlib", "predictor": True},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.tif"


def write(path, pixels, **how):
    """Grey, RGB, or RGB with alpha."""
    gray = pixels.ndim == 2
    if not gray and how.get("planarconfig") == "separate":
        pixels = np.ascontiguousarray(np.moveaxis(pixels, 2, 0))
    if not gray and PIXELS.shape[2] in pixels.shape:
        how["extrasamples"] = ["unspecified"]
    colours = "minisblack" if gray else "rgb"
    tifffile.imwrite(path, pixels, photometric=colours, **how)


def put_together(source):
    parts = [
        (window, source.pixels(window))
        for window in blocks(source.size, (20, 33))
    ]
    shape = (*source.size, *parts[0][1].shape[2:])
    pixels = np.zeros(shape, source.dtype)
    for (x1, y1, x2, y2), part in parts:
        pixels[y1:y2, x1:x2] = part
    source.close()
    return pixels


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4"])
@pytest.mark.parametrize("channels", [0, 3, 4])
def test_as_it_was_written_and_as_it_is_read_whole(path, kind, dtype, channels):
    pixels = PIXELS[..., :channels] if channels else PIXELS[..., 0]
    pixels = pixels.astype(dtype) * (1 if dtype == "u1" else 100)
    if channels == 4 and dtype not in ("u1", "u2"):
        pytest.skip("OpenCV reads none of them")
    want = pixels[..., :3] if channels else pixels
    for order in "<>":
        how = {"byteorder": order, "bigtiff": order == ">", **KINDS[kind]}
        if dtype == "f4":
            how.pop("predictor", None)
        write(path, pixels, **how)
        source = open_tiff(path)
        assert isinstance(source, ArrayPixels) == (kind == "stored")
        found = put_together(source)
        np.testing.assert_array_equal(found, want)
        if kind != "tiles" and (channels, order) != (4, ">"):
            intensity = Intensity("percentiles")
            whole = load_image(path, intensity=intensity)
            np.testing.assert_array_equal(intensity.to_rgb(found), whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("channels", [3, 4])
def test_planes_of_channels(path, kind, dtype, channels):
    pixels = PIXELS[..., :channels].astype(dtype)
    write(path, pixels, planarconfig="separate", **KINDS[kind])
    found = put_together(open_tiff(path))
    np.testing.assert_array_equal(found, pixels[..., :3])


def test_the_first_page_at_its_full_size(path):
    with tifffile.TiffWriter(path) as file:
        how = {"photometric": "rgb", "tile": (16, 32)}
        how["compression"] = "zlib"
        file.write(PIXELS[..., :3], subifds=1, **how)
        file.write(PIXELS[::2, ::2, :3], subfiletype=1, **how)
        file.write(PIXELS[::-1, :, :3], **how)
    found = put_together(open_tiff(path))
    np.testing.assert_array_equal(found, PIXELS[..., :3])


def test_each_tile_is_decoded_once(path, monkeypatch):
    decoded = []
    decode = tiff_pixels.decoded_part

    def counting(page, index):
        decoded.append(index)
        return decode(page, index)

    monkeypatch.setattr(tiff_pixels, "decoded_part", counting)
    write(path, PIXELS[..., :3], **KINDS["deflate"])
    put_together(open_tiff(path))
    assert sorted(decoded) == list(range(4 * 3))
    monkeypatch.setattr(tiff_pixels, "KEPT_BYTES", 0)
    put_together(open_tiff(path))
    assert len(decoded) > 2 * 4 * 3


def test_tiles_that_are_not_in_the_file(path):
    tifffile.imwrite(path, None, shape=(40, 40), dtype="u2", tile=(16, 32))
    with tifffile.TiffFile(path, mode="r+b") as file:
        tags = file.pages[0].tags
        for number in (324, 325):
            tags[number].overwrite([0] * 6)
    assert not put_together(open_tiff(path)).any()


def test_a_truncated_file(path):
    write(path, PIXELS[..., :3])
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(ImageError, match=r"a\.tif: the image is truncated"):
        open_tiff(path)


def damaged_tile(path, data, count=None):
    """Puts other bytes in the place of the first tile."""
    write(path, PIXELS[..., :3], **KINDS["deflate"])
    with tifffile.TiffFile(path, mode="r+b") as file:
        page = file.pages[0]
        end = file.filehandle.size
        offsets, counts = list(page.dataoffsets), list(page.databytecounts)
        offsets[0], counts[0] = end, count or len(data)
        page.tags[324].overwrite(offsets)
        page.tags[325].overwrite(counts)
    with open(path, "ab") as file:
        file.seek(end)
        file.write(data)


@pytest.mark.parametrize(
    "data, count, message",
    [
        (b"no zlib", None, "incorrect header"),
        (zlib.compress(bytes(9)), None, "corrupted tile"),
        (bytes(9), 9000, "it has 9000 bytes for 1536"),
    ],
)
def test_a_damaged_tile(path, data, count, message, monkeypatch):
    monkeypatch.setattr(tiff_pixels, "EXTRA_BYTES", 99)
    damaged_tile(path, data, count)
    source = open_tiff(path)
    with pytest.raises(
        ImageError, match=rf"a\.tif: tile or strip 0 .*{message}"
    ):
        source.pixels((0, 0, 2, 2))
    # Others are well.
    assert source.pixels((40, 0, 42, 2)).shape == (2, 2, 3)
    source.close()


def test_a_tile_that_holds_gigabytes(path, monkeypatch):
    """No more of it is inflated than a tile has."""
    damaged_tile(path, zlib.compress(bytes(3_000_000)))
    sizes = []
    compress = zlib.compress
    monkeypatch.setattr(
        zlib, "compress", lambda d, n: sizes.append(len(d)) or compress(d, n)
    )
    source = open_tiff(path)
    assert not source.pixels((0, 0, 16, 16)).any()
    source.close()
    assert sizes == [16 * 32 * 3]


def test_jpegs_are_not_larger_than_their_tile():
    data = cv2.imencode(".jpg", PIXELS[..., :3])[1].tobytes()
    check_jpeg(data, (53, 75))
    for most in ((52, 75), (53, 74)):
        with pytest.raises(ValueError, match=r"found \(53, 75\)"):
            check_jpeg(data, most)
    with pytest.raises(ValueError, match="found None"):
        check_jpeg(b"", (9, 9))


def test_what_is_kept_goes_with_the_file(path):
    write(path, PIXELS[..., :3], **KINDS["deflate"])
    source = open_tiff(path)
    assert isinstance(source, TiffPixels)
    source.pixels((0, 0, 5, 5))
    source.close()
    with pytest.raises(ImageError, match="tile or strip 0"):
        source.pixels((0, 0, 5, 5))
