"""51 odd image files: each is an image of 8-bit RGB, or refused by name."""

import functools
import struct
import zlib

import cv2
import numpy as np

from keras_solo.data.images import ImageError, load_image, load_reduced
from tests.fuzz.cases import Limits
from tests.turned_photos import with_exif_orientation

LIMITS = Limits(seconds=5.0, megabytes=1000.0)
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HUGE = 30_000


def case(seed, folder):
    name, _, expected = ODD[seed]
    path = folder / name
    data = prepare()[name]
    if data is not None:
        path.write_bytes(data)
    try:
        images = [
            load_image(path),
            load_image(path, exif_orientation=True),
            load_reduced(path, (16, 16))[0],
        ]
    except ImageError as error:
        assert str(path) in str(error), f"It does not name the file: {error}"
        assert expected != READ, f"It is refused: {error}"
        return str(error)
    assert expected != REFUSED, f"{name} is read"
    for image in images:
        assert image.dtype == np.uint8 and image.ndim == 3
        assert image.shape[2] == 3 and image.size
    return None


@functools.cache
def encoded(suffix, channels=3, dtype="uint8", size=(40, 60), options=()):
    rng = np.random.default_rng(0)
    values = rng.integers(0, 256, (*size, channels)).astype(dtype)
    if dtype == "uint16":
        values *= 257
    return cv2.imencode(suffix, values, options)[1].tobytes()


def half(data):
    return data[: len(data) // 2]


def chunk(kind, data):
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def png(width, height, pixels, bits=8, colour=0, before=b""):
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (
        SIGNATURE
        + chunk(b"IHDR", head)
        + before
        + chunk(b"IDAT", zlib.compress(pixels, 1))
        + chunk(b"IEND", b"")
    )


def png_bomb():
    """A gigabyte of black in a megabyte."""
    row = zlib.compressobj(1)
    zeros = bytes(HUGE + 1)
    packed = b"".join(row.compress(zeros) for _ in range(HUGE)) + row.flush()
    head = struct.pack(">IIBBBBB", HUGE, HUGE, 8, 0, 0, 0, 0)
    return (
        SIGNATURE
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", packed)
        + chunk(b"IEND", b"")
    )


def text_bomb():
    """100 MB of text beside an image."""
    text = b"key\0\0" + zlib.compress(bytes(100_000_000), 1)
    return png(8, 8, bytes(9 * 8), before=chunk(b"zTXt", text))


def sized(data, place, form, *size):
    """A file whose header says another size."""
    length = struct.calcsize(form)
    return data[:place] + struct.pack(form, *size) + data[place + length :]


def jpeg_sized(height, width):
    data = encoded(".jpg")
    return sized(data, data.index(b"\xff\xc0") + 5, ">HH", height, width)


def tiff(entries, order="<"):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    body = struct.pack(order + "IH", 8, len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack(order + "HHII", tag, kind, count, value)
    return mark + body + bytes(4)


def bmp_sized(width, height):
    return sized(encoded(".bmp"), 18, "<ii", width, height)


def gif():
    return (
        b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + bytes(3)
        + b"\xff\xff\xff" + b"," + struct.pack("<HHHHB", 0, 0, 4, 4, 0)
        + b"\x02\x05\x84\x8f\xa9\xcb\x05\0;"
    )  # fmt: skip


def broken(data):
    """Noise in the middle."""
    middle = len(data) // 2
    return data[:middle] + bytes(range(100)) + data[middle + 100 :]


READ, REFUSED, EITHER = "read", "refused", "either"
ODD = [
    ("missing.jpg", lambda: None, REFUSED),
    ("empty.jpg", lambda: b"", REFUSED),
    ("a byte.jpg", lambda: b"\xff", REFUSED),
    ("zeros.png", lambda: bytes(1000), REFUSED),
    ("text.jpg", lambda: b"<html>not found</html>", REFUSED),
    ("pointer.jpg", lambda: b"version https://git-lfs.github.com\n", REFUSED),
    ("vector.svg", lambda: b"<svg width='9' height='9'></svg>", REFUSED),
    ("document.pdf", lambda: b"%PDF-1.7\n%%EOF", REFUSED),
    ("start.jpg", lambda: encoded(".jpg")[:4], REFUSED),
    ("half.jpg", lambda: half(encoded(".jpg")), REFUSED),
    ("half.png", lambda: half(encoded(".png")), REFUSED),
    ("half.webp", lambda: half(encoded(".webp")), REFUSED),
    ("half.bmp", lambda: half(encoded(".bmp")), EITHER),
    ("half.tiff", lambda: half(encoded(".tiff")), EITHER),
    ("broken.jpg", lambda: broken(encoded(".jpg")), EITHER),
    ("broken.png", lambda: broken(encoded(".png")), EITHER),
    ("broken.webp", lambda: broken(encoded(".webp")), EITHER),
    ("broken.tiff", lambda: broken(encoded(".tiff")), EITHER),
    ("more.jpg", lambda: encoded(".jpg") + bytes(5000), READ),
    ("more.png", lambda: encoded(".png") + b"PK\x03\x04" * 100, READ),
    ("png.jpg", lambda: encoded(".png"), READ),
    ("jpg.png", lambda: encoded(".jpg"), READ),
    ("gray.jpg", lambda: encoded(".jpg", 1), READ),
    ("gray.png", lambda: encoded(".png", 1), READ),
    ("alpha.png", lambda: encoded(".png", 4), READ),
    ("alpha.webp", lambda: encoded(".webp", 4), READ),
    ("16 bit.png", lambda: encoded(".png", 3, "uint16"), READ),
    ("16 bit gray.tiff", lambda: encoded(".tiff", 1, "uint16"), READ),
    ("float.tiff", lambda: encoded(".tiff", 3, "float32"), REFUSED),
    ("one bit.png", lambda: png(9, 2, b"\0\xaa\x80\0\x55\0", bits=1), READ),
    ("palette.png", lambda: png(2, 1, b"\0\0\1", 8, 3,
     chunk(b"PLTE", b"\xff\0\0\0\xff\0")), READ),
    ("no palette.png", lambda: png(2, 1, b"\0\0\1", 8, 3), REFUSED),
    ("a pixel.png", lambda: encoded(".png", 3, "uint8", (1, 1)), READ),
    ("a line.jpg", lambda: encoded(".jpg", 3, "uint8", (1, 5000)), READ),
    ("progressive.jpg", lambda: encoded(
        ".jpg", options=(cv2.IMWRITE_JPEG_PROGRESSIVE, 1)), READ),
    ("turned.jpg", lambda: with_exif_orientation(encoded(".jpg"), 6), READ),
    ("turned oddly.jpg", lambda: with_exif_orientation(encoded(".jpg"), 77),
     READ),
    ("moving.gif", gif, EITHER),
    ("bomb.png", png_bomb, REFUSED),
    ("text bomb.png", text_bomb, READ),
    ("large.png", lambda: png(2**31 - 1, 2**31 - 1, b"\0"), REFUSED),
    ("none.png", lambda: png(0, 0, b"\0"), REFUSED),
    ("large.jpg", lambda: jpeg_sized(65535, 65535), REFUSED),
    ("low.jpg", lambda: jpeg_sized(0, 60), REFUSED),
    ("large.bmp", lambda: bmp_sized(2**31 - 1, -(2**31) + 1), REFUSED),
    ("large.gif", lambda: sized(gif(), 6, "<HH", 65535, 65535), REFUSED),
    ("large.webp", lambda: b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4)
     + b"\xff" * 6, REFUSED),
    ("large.tiff", lambda: tiff([(256, 4, 1, 2**31), (257, 4, 1, 2**31)]),
     REFUSED),
    ("loop.tiff", lambda: b"II*\0" + struct.pack("<IH", 8, 0)
     + struct.pack("<I", 8), REFUSED),
    ("large.pnm", lambda: b"P6 99999999 99999999 255\n" + bytes(99), REFUSED),
    ("large.hdr", lambda: b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n"
     b"-Y 60000 +X 60000\n", REFUSED),
]  # fmt: skip

MOST = len(ODD)


@functools.cache
def prepare():
    """The content of each file, which takes longer than to refuse it."""
    return {name: make() for name, make, _ in ODD}
