"""What is read of a JPEG file without its pixels."""

import struct

import cv2
import numpy as np
import pytest

from keras_solo.data import jpeg as j
from keras_solo.data.images import decode_image

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (30, 50, 3), dtype=np.uint8)


def encoded(*options):
    return cv2.imencode(".jpg", PICTURE, options)[1].tobytes()


def segment(marker, body=b""):
    length = (len(body) + 2).to_bytes(2, "big")
    return bytes([0xFF, marker]) + length + body


def frame(marker=0xC0, height=3, width=5):
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return segment(marker, b"\x08" + size + b"\x00" * 10)


SCAN = segment(0xDA, b"\x00" * 6) + b"\x12\x34"


def exif(orientation, type_=3):
    entry = struct.pack(">HHIHH", 274, type_, 1, orientation, 0)
    tiff = struct.pack(">2sHIH", b"MM", 42, 8, 1) + entry
    return j.JPEG_START + segment(0xE1, b"Exif\0\0" + tiff) + frame() + SCAN


def test_orientation():
    assert j.jpeg_orientation(b"") == 1
    assert j.jpeg_orientation(encoded()) == 1
    for orientation in range(1, 9):
        assert j.jpeg_orientation(exif(orientation)) == orientation
    assert j.jpeg_orientation(exif(0)) == 1
    assert j.jpeg_orientation(exif(9)) == 1
    assert j.jpeg_orientation(exif(6, type_=2)) == 1
    other = j.JPEG_START + segment(0xE1, b"http://ns.adobe.com") + exif(8)[2:]
    assert j.jpeg_orientation(other) == 8


def test_nothing():
    for data in (b"", j.JPEG_START):
        assert j.jpeg_size(data) is None
        assert j.jpeg_is_truncated(data)
    assert not j.is_jpeg(b"")
    assert not j.is_jpeg(b"\x89PNG")


PROGRESSIVE = (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)


@pytest.mark.parametrize("options", [(), PROGRESSIVE])
def test_files_of_opencv(options):
    data = encoded(*options)
    assert j.is_jpeg(data)
    assert j.jpeg_size(data) == (30, 50)
    assert not j.jpeg_is_truncated(data)
    assert j.jpeg_is_truncated(data[:-2])
    assert j.jpeg_is_truncated(data[:300])


@pytest.mark.parametrize("marker", [0xC0, 0xC1, 0xC2, 0xC9, 0xCF])
def test_every_kind_of_frame_has_a_size(marker):
    data = j.JPEG_START + frame(marker) + SCAN + j.JPEG_END
    assert j.jpeg_size(data) == (3, 5)
    assert not j.jpeg_is_truncated(data)


@pytest.mark.parametrize("marker", [0xC4, 0xC8, 0xCC, 0xE1])
def test_other_segments_are_passed_over(marker):
    data = j.JPEG_START + frame(marker, 7, 7) + frame() + SCAN
    assert j.jpeg_size(data) == (3, 5)
    assert j.jpeg_is_truncated(data)


def test_a_thumbnail_inside_a_segment_is_not_the_image():
    data = encoded()
    full = j.JPEG_START + segment(0xE1, encoded()) + frame() + SCAN
    assert j.jpeg_size(full) == (3, 5)
    assert j.jpeg_is_truncated(full)
    assert not j.jpeg_is_truncated(full + data[-2:])


def test_fill_bytes_and_markers_without_a_length():
    data = j.JPEG_START + b"\xff\x01\xff\xd0\xff\xff\xff" + frame()
    assert j.jpeg_size(data + SCAN) == (3, 5)


def test_a_size_that_stands_behind_the_pixels_is_unknown():
    data = j.JPEG_START + frame(height=0) + SCAN + j.JPEG_END
    assert j.jpeg_size(data) is None
    assert j.jpeg_size(j.JPEG_START + SCAN + frame()) is None


@pytest.mark.parametrize("junk", [b"\0\0\0\0", b"abc", b"a\xff\0\xff\0b"])
def test_what_is_no_marker_is_passed_over(junk):
    """As decoders do: such files exist, and can be read."""
    data = j.JPEG_START + junk + frame() + junk + SCAN
    assert j.jpeg_size(data) == (3, 5)
    assert j.jpeg_is_truncated(data)
    assert not j.jpeg_is_truncated(data + j.JPEG_END)
    whole = encoded()
    place = 4 + int.from_bytes(whole[4:6], "big")
    odd = whole[:place] + junk + whole[place:]
    np.testing.assert_array_equal(decode_image(odd), decode_image(whole))
    assert j.jpeg_size(j.JPEG_START + junk) is None


def test_bytes_after_the_end_are_fine():
    assert not j.jpeg_is_truncated(encoded() + b"trailer" * 1000)
