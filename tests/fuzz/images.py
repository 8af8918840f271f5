"""78 odd image files: each is an image of 8-bit RGB, or refused by name.

Each is scaled by its type and by percentiles. Seeds from 78 on are odd arrays
with odd percentiles.
"""

import functools
import struct
import warnings
import zlib

import cv2
import numpy as np

from keras_solo.data.images import ImageError, load_image, load_reduced
from keras_solo.geometry import Intensity
from tests.fuzz.cases import Limits
from tests.tiff_files import pages
from tests.tiff_files import tiff as deep_tiff
from tests.turned_photos import with_exif_orientation

LIMITS = Limits(seconds=5.0, megabytes=1000.0)
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HUGE = 30_000


def case(seed, folder):
    if seed >= len(ODD):
        return array_case(seed)
    name, _, expected = ODD[seed]
    path = folder / name
    data = prepare()[name]
    if data is not None:
        path.write_bytes(data)
    by_type = file_case(path, Intensity(), expected)
    if expected == PERCENTILES:
        assert by_type, f"{name} is read by its type"
        expected = READ
    for intensity in INTENSITIES:
        by_percentiles = file_case(path, intensity, expected)
    return by_type and by_percentiles


def file_case(path, intensity, expected):
    """The text of the error that refuses a file, None for one that is read."""
    try:
        images = [
            load_image(path, intensity=intensity),
            load_image(path, exif_orientation=True, intensity=intensity),
            load_reduced(path, (16, 16), intensity=intensity)[0],
        ]
    except ImageError as error:
        assert str(path) in str(error), f"It does not name the file: {error}"
        assert expected != READ, f"It is refused: {error}"
        return str(error)
    assert expected != REFUSED, f"{path.name} is read"
    for image in images:
        check_image(image)
    return None


def check_image(image):
    assert image.dtype == np.uint8 and image.ndim == 3
    assert image.shape[2] == 3 and image.size


DTYPES = [
    *("bool", "int8", "uint8", "int16", "uint16", ">u2", "int32", "uint64"),
    *("float16", "float32", ">f4", "float64", "longdouble", "complex64"),
    *("U3", "object", "datetime64[s]"),
]
SHAPES = [(), (7,), (0, 5), (0, 5, 3), (1, 1), (9, 7), (9, 7, 1), (9, 7, 2)]
SHAPES += [(9, 7, 3)] * 4 + [(9, 7, 4), (2, 9, 7, 3)]
VALUES = [0, 1, -1, 255, 256, 4095, 65535, 65536, 1e-320, 1e-5, 1e38, 1e308]
VALUES += [-1e308, float("nan"), float("inf"), -float("inf")]
ENDS = [0, 1, 50, 99.8, 100, -1, 101, 1e-300, *VALUES[-3:], None, "9", [1]]


def array_case(seed):
    """Pixels of any type, a few odd values among them, are 0 to 255 after."""
    rng = np.random.default_rng(seed)
    dtype, shape = rng.choice(DTYPES), SHAPES[rng.integers(len(SHAPES))]
    chosen = rng.choice(VALUES, rng.integers(1, 5))
    with np.errstate(all="ignore"):
        pixels = np.asarray(rng.choice(chosen, shape)).astype(dtype)
    ends = [ENDS[i] for i in rng.integers(0, len(ENDS), rng.choice([2, 2, 3]))]
    if rng.random() < 0.5:
        ends = sorted(rng.uniform(0, 100, 2))
    try:
        intensity = Intensity("percentiles", ends, bool(rng.integers(2)))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            image = intensity.to_rgb(pixels)
    except ValueError as error:
        assert "xpected" in str(error)
        return str(error)
    check_image(image)
    np.testing.assert_array_equal(intensity.to_rgb(image), image)
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


def floats(*values):
    pixels = np.resize(np.float32(values), (40, 60))
    return cv2.imencode(".tiff", pixels)[1].tobytes()


def deep(dtype="uint16", channels=1, high=4096):
    rng = np.random.default_rng(0)
    shape = (40, 60) if channels == 1 else (40, 60, channels)
    return rng.integers(0, high, shape).astype(dtype)


LZW = (cv2.IMWRITE_TIFF_COMPRESSION, 5)
DEFLATE = (cv2.IMWRITE_TIFF_COMPRESSION, 8)
READ, REFUSED, EITHER = "read", "refused", "either"
PERCENTILES = "read by percentiles"
INTENSITIES = (
    Intensity("percentiles"),
    Intensity("percentiles", (0, 100), per_channel=True),
)
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
    ("float.tiff", lambda: encoded(".tiff", 3, "float32"), PERCENTILES),
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
    ("12 bit.png", lambda: encoded(".png", 1, "uint16"), READ),
    ("12 bit.tiff", lambda: deep_tiff(deep()), READ),
    ("strips.tiff", lambda: deep_tiff(deep(), strips=8), READ),
    ("big-endian.tiff", lambda: deep_tiff(deep(channels=3), ">"), READ),
    ("BigTIFF.tiff", lambda: deep_tiff(deep(), ">", big=True), READ),
    ("lzw.tiff", lambda: encoded(".tiff", 3, "uint16", options=LZW), READ),
    ("pages.tiff", lambda: pages(deep(), deep("uint8", 3, 256)), READ),
    ("alpha 16.tiff", lambda: deep_tiff(deep(channels=4)), READ),
    ("gray alpha 16.tiff", lambda: deep_tiff(deep(channels=2)), EITHER),
    ("gray alpha 8.tiff", lambda: deep_tiff(deep("uint8", 2, 256)), READ),
    ("five.tiff", lambda: deep_tiff(deep(channels=5)), REFUSED),
    ("white is 0.tiff", lambda: deep_tiff(deep(), gray=0), READ),
    ("signed.tiff", lambda: deep_tiff(deep("int16") - 2000), PERCENTILES),
    ("signed 8.tiff", lambda: deep_tiff(deep("int8", high=128)), PERCENTILES),
    ("32 bit.tiff", lambda: deep_tiff(deep("uint32", high=2**32)), EITHER),
    ("half float.tiff", lambda: deep_tiff(deep("float16")), REFUSED),
    ("double.tiff", lambda: deep_tiff(deep("float64")), PERCENTILES),
    ("float gray.tiff", lambda: floats(0, 1e-9, 1e9), PERCENTILES),
    ("nan.tiff", lambda: floats(0, 1, np.nan), PERCENTILES),
    ("inf.tiff", lambda: floats(0, 1, np.inf, -np.inf), PERCENTILES),
    ("only nan.tiff", lambda: floats(np.nan), PERCENTILES),
    ("only inf.tiff", lambda: floats(np.inf, -np.inf), PERCENTILES),
    ("equal.tiff", lambda: floats(7), PERCENTILES),
    ("equal 16.png", lambda: cv2.imencode(
        ".png", np.full((4, 4), 9, np.uint16))[1].tobytes(), READ),
    ("half 16.tiff", lambda: half(deep_tiff(deep())), EITHER),
    ("broken lzw.tiff", lambda: broken(
        encoded(".tiff", 1, "uint16", options=LZW)), EITHER),
    ("broken deflate.tiff", lambda: broken(
        encoded(".tiff", 1, "uint16", options=DEFLATE)), EITHER),
]  # fmt: skip

MOST = len(ODD) + 20_000


@functools.cache
def prepare():
    """The content of each file, which takes longer than to refuse it."""
    return {name: make() for name, make, _ in ODD}
