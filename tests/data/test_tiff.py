"""The tags of a TIFF."""

import struct

import numpy as np
import pytest

from keras_solo.data.tiff import (
    has_deep_planes,
    is_reduced_to_8_bits,
    is_tiff,
    tiff_file_size,
    tiff_orientation,
    tiff_tags,
    unturned,
)
from tests.tiff_files import tiff


def test_nothing():
    assert not is_tiff(b"")
    assert not is_tiff(b"II*")
    for data in (b"", b"II*\0", b"MM\0*\0\0\0\x08", b"II+\0" + b"\xff" * 60):
        assert tiff_tags(data) == {}


@pytest.mark.parametrize("order", "<>")
def test_tags(order):
    start = b"II" if order == "<" else b"MM"
    data = struct.pack(f"{order}2sHIH", start, 42, 8, 4)
    data += struct.pack(f"{order}HHIHH", 256, 3, 1, 640, 9)  # SHORT
    data += struct.pack(f"{order}HHII", 257, 4, 1, 70_000)  # LONG
    data += struct.pack(f"{order}HHII", 258, 2, 1, 5)  # ASCII
    data += struct.pack(f"{order}HHIHH", 274, 3, 1, 6, 0)
    assert is_tiff(data)
    assert tiff_tags(data) == {256: 640, 257: 70_000, 274: 6}
    # It ends within the last tag.
    assert tiff_tags(data[:-1]) == {256: 640, 257: 70_000}


def test_big_tiff():
    data = struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, 2)
    data += struct.pack("<HHQQ", 256, 16, 1, 2**40)
    data += struct.pack("<HHQQ", 257, 4, 1, 3)
    assert is_tiff(data)
    assert tiff_tags(data) == {256: 2**40, 257: 3}


def test_a_tag_that_is_there_twice():
    entries = [struct.pack("<HHII", 256, 4, 1, n) for n in (5, 9_000, 7)]
    data = struct.pack("<2sHIH", b"II", 42, 8, 3) + b"".join(entries)
    assert tiff_tags(data) == {256: 9_000}


def test_what_opencv_reduces():
    deep = np.zeros((2, 2, 2), np.uint16)
    for order in "<>":
        for big in (False, True):
            assert is_reduced_to_8_bits(tiff(deep, order, big))
            assert not is_reduced_to_8_bits(tiff(deep[..., 0], order, big))
    assert not is_reduced_to_8_bits(tiff(deep.astype("uint8")))
    assert not is_reduced_to_8_bits(tiff(np.zeros((2, 2, 4), np.uint16)))
    assert not is_reduced_to_8_bits(b"")


def test_the_size_of_a_file(tmp_path):
    path = tmp_path / "a"
    assert tiff_file_size(path) is None
    for data in (b"", b"II*\0", b"no TIFF"):
        path.write_bytes(data)
        assert tiff_file_size(path) is None
    for order in "<>":
        path.write_bytes(tiff(np.zeros((3, 5), np.uint8), order))
        assert tiff_file_size(path) == (3, 5)


def test_numbers_that_do_not_fit_into_a_tag():
    for order in "<>":
        for big in (False, True):
            data = tiff(np.zeros((2, 2, 5), np.uint16), order, big)
            assert tiff_tags(data)[258] == 16
    # What they point to is not there.
    data = struct.pack("<2sHIH", b"II", 42, 8, 1)
    data += struct.pack("<HHII", 258, 3, 3, 900)
    assert tiff_tags(data) == {258: 0}


def test_orientation():
    for data in (b"", b"no TIFF", tiff(np.zeros((2, 2), np.uint8))):
        assert tiff_orientation(data) == 1
    for number, want in ((1, 1), (6, 6), (8, 8), (9, 1)):
        turned = tiff(np.zeros((2, 2), np.uint8), orientation=number)
        assert tiff_orientation(turned) == want


def test_deep_planes():
    assert not has_deep_planes(b"")
    for dtype, deep in (("uint8", False), ("uint16", True), ("float32", True)):
        pixels = np.zeros((2, 2, 3), dtype)
        for big in (False, True):
            assert has_deep_planes(tiff(pixels, big=big, planes=True)) == deep
            assert not has_deep_planes(tiff(pixels, big=big))
    one = np.zeros((2, 2, 1), "uint16")
    assert not has_deep_planes(tiff(one, planes=True))


def test_unturned():
    stored = np.arange(6).reshape(2, 3)
    assert unturned(stored, 1).tolist() == stored.tolist()
    assert unturned(stored[:, ::-1], 2).tolist() == stored.tolist()
    assert unturned(np.rot90(stored, -1), 6).tolist() == stored.tolist()
    assert unturned(np.rot90(stored), 8).tolist() == stored.tolist()
