"""Sizes from headers: what OpenCV writes, and what nobody should."""

import struct

import cv2
import numpy as np
import pytest

from keras_solo.data.image_size import image_size

PICTURE = np.random.default_rng(0).integers(
    0, 256, (60, 100, 3), dtype=np.uint8
)
SUFFIXES = (
    ".jpg",
    ".png",
    ".webp",
    ".tiff",
    ".bmp",
    ".gif",
    ".avif",
    ".jp2",
    ".ppm",
    ".pgm",
    ".pbm",
    ".pam",
    ".ras",
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_opencv_writes(suffix):
    if not cv2.haveImageWriter(suffix):
        pytest.skip(f"This OpenCV does not write {suffix}.")
    picture = PICTURE if suffix not in (".pgm", ".pbm") else PICTURE[..., 0]
    data = cv2.imencode(suffix, picture)[1].tobytes()
    assert image_size(data) == (60, 100)
    # Whatever is cut off: a size or none, no error.
    for length in range(min(len(data), 400)):
        assert image_size(data[:length]) in (None, (60, 100))


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("quality", [80, 101])
def test_webp(quality, alpha):
    """Lossy, lossless, and with the extended header."""
    picture = np.dstack([PICTURE, PICTURE[..., :1]]) if alpha else PICTURE
    options = [cv2.IMWRITE_WEBP_QUALITY, quality]
    data = cv2.imencode(".webp", picture, options)[1].tobytes()
    assert image_size(data) == (60, 100)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"BM" + bytes(12) + struct.pack("<Iii", 40, 7, -3), (3, 7)),
        (b"BM" + bytes(12) + struct.pack("<IHH", 12, 7, 3), (3, 7)),
        (b"P5 # a comment 1 2\n 7#more\n\t3 255\n", (3, 7)),
        (b"P7\nHEIGHT 3\nWIDTH 7\nENDHDR\n", (3, 7)),
        (b"\xff\x4f\xff\x51" + struct.pack(">HH4I", 0, 0, 9, 8, 2, 5), (3, 7)),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 2**31, 9),
            (9, 2**31),
        ),
        (b"GIF89a" + struct.pack("<HH", 65535, 65534), (65534, 65535)),
    ],
)
def test_by_hand(data, size):
    assert image_size(data) == size


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an image",
        b"P5 0 3 255",
        b"P5 " + b"9" * 5000 + b" 3 255",
        b"P5 x 3",
        b"P7\nWIDTH 7\nENDHDR\n",
        b"RIFF\0\0\0\0WEBPVP9 " + bytes(40),
        b"\0\0\0\x1cftypavif" + bytes(100),
        b"\0\0\0\x0cjP  " + bytes(100),
        b"\xff\x4f\xff\x51" + struct.pack(">HH4I", 0, 0, 2, 5, 9, 8),
        b"II*\0" + bytes(60),
        b"\xff\xd8\xff\xd9",
    ],
)
def test_no_size(data):
    assert image_size(data) is None


def test_avif_of_several_parts():
    parts = [
        struct.pack(">4sIII", b"ispe", 0, w, h) for w, h in ((9, 2), (7, 3))
    ]
    data = b"\0\0\0\x1cftypavif" + bytes(20) + b"".join(parts)
    assert image_size(data) == (3, 7)
