"""Which TIFFs are read in parts, and what is said of others."""

import importlib.util
import sys

import numpy as np
import pytest
import tifffile

from keras_solo.data import tiff_parts
from keras_solo.data.tiff_parts import (
    NotInParts,
    grid,
    is_stored_whole,
    opened_tiff,
    part_size,
)
from tests.tiff_files import tiff

PIXELS = np.arange(40 * 50 * 3, dtype=np.uint16).reshape(40, 50, 3)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.tif"


def write(path, pixels=PIXELS, **how):
    tifffile.imwrite(path, pixels, photometric="rgb", **how)


def test_what_is_no_tiff(path):
    for data in (b"", b"II*\0", b"II*\0" + b"\xff" * 60, b"II*\0" + bytes(60)):
        path.write_bytes(data)
        with pytest.raises(NotInParts, match="its header is damaged"):
            opened_tiff(path)


def test_parts(path):
    write(path, tile=(16, 32), compression="zlib")
    file, page = opened_tiff(path)
    with file:
        assert part_size(page) == (16, 32) and grid(page) == (3, 2)
        assert not is_stored_whole(page)
    write(path, rowsperstrip=7)
    file, page = opened_tiff(path)
    with file:
        assert part_size(page) == (7, 50) and grid(page) == (6, 1)
        assert is_stored_whole(page)


@pytest.mark.parametrize(
    "data, reason",
    [
        (tiff(PIXELS.astype("float16")), "its pixels are float16"),
        (tiff(PIXELS.astype("uint32")), "its pixels are uint32"),
        (tiff(PIXELS[..., 0], gray=0), "interpretation 0"),
        (tiff(PIXELS[..., :2]), "its 2 channels of uint16"),
        (tiff(np.dstack([PIXELS] * 2)[..., :5]), "its 5 channels"),
        (
            tiff(np.dstack([PIXELS] * 2)[..., :4].astype("f4")),
            "its 4 channels of float32",
        ),
        (
            tiff(np.zeros((2, 2), "u2"), packed=(12, bytes(6))),
            "its pixels are uint16 of 12 bits",
        ),
        (
            tiff(np.zeros((2, 2), "u1"), gray=3, palette=[0] * 768),
            "interpretation 3",
        ),
    ],
)
def test_odd_pixels(path, data, reason):
    path.write_bytes(data)
    with pytest.raises(NotInParts, match=reason):
        opened_tiff(path)


def test_a_turned_image(path):
    write(path, extratags=[(274, 3, 1, 6, True)])
    with pytest.raises(NotInParts, match="its orientation is 6"):
        opened_tiff(path)


def with_tag(path, number, value):
    """Overwrites a tag of a file."""
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages[0].tags[number].overwrite(value)


@pytest.mark.parametrize(
    "compression, name", [(5, "LZW"), (7, "JPEG"), (32773, "PackBits")]
)
def test_codecs_of_another_package(path, monkeypatch, compression, name):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    write(path, compression="zlib", tile=(16, 32))
    with_tag(path, 259, compression)
    message = f"its compression, {name}, needs `pip install imagecodecs`"
    with pytest.raises(NotInParts, match=message):
        opened_tiff(path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    opened_tiff(path)[0].close()


def test_other_codecs(path):
    write(path, compression="zlib", tile=(16, 32))
    with_tag(path, 259, 34925)
    with pytest.raises(NotInParts, match="its compression is 34925"):
        opened_tiff(path)


def test_large_parts(path, monkeypatch):
    monkeypatch.setattr(tiff_parts, "MAX_PART_BYTES", 16 * 32 * 6 - 1)
    write(path, compression="zlib", tile=(16, 32))
    with pytest.raises(NotInParts, match="of 16 x 32 pixels holds 3072 bytes"):
        opened_tiff(path)
    # One strip that is mapped, and not decoded.
    write(path)
    opened_tiff(path)[0].close()


def test_without_tifffile(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(NotInParts, match=r'pip install "keras-solo\[tiff\]"'):
        opened_tiff(path)
