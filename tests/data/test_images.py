import struct
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest

from keras_solo.data.images import (
    ImageError,
    decode_image,
    decode_stored,
    is_truncated,
    load_image,
    load_reduced,
    stored_size,
)
from keras_solo.geometry import Intensity
from tests.tiff_files import pages, tiff
from tests.turned_photos import with_exif_orientation

RNG = np.random.default_rng(0)
PICTURE = cv2.resize(RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8), (80, 60))


def write(path, bgr):
    assert cv2.imwrite(str(path), bgr)
    return path


def test_an_empty_file_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "empty.jpg"
    path.write_bytes(b"")
    with pytest.raises(ImageError, match=r"empty\.jpg: the file is empty"):
        load_image(path)


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ImageError, match=r"none\.jpg: cannot be read: No such"):
        load_image(tmp_path / "none.jpg")


def test_text_is_no_image(tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("not an image")
    with pytest.raises(ImageError, match=r"notes\.png: cannot be decoded"):
        load_image(path)


def test_colour_is_rgb(tmp_path):
    path = write(tmp_path / "a.png", PICTURE)
    image = load_image(path)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, PICTURE[..., ::-1])


def test_one_channel_becomes_three_equal_ones(tmp_path):
    path = write(tmp_path / "a.png", PICTURE[..., 0])
    np.testing.assert_array_equal(
        load_image(path), np.repeat(PICTURE[..., :1], 3, axis=2)
    )


def test_alpha_is_dropped(tmp_path):
    alpha = RNG.integers(0, 256, (60, 80, 1), dtype=np.uint8)
    path = write(tmp_path / "a.png", np.dstack([PICTURE, alpha]))
    np.testing.assert_array_equal(load_image(path), PICTURE[..., ::-1])


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_are_scaled_to_8(tmp_path, channels):
    deep = np.zeros((2, 3, channels), np.uint16)
    deep[0, :] = 65535
    deep[1, :] = 257 * 100 + 128
    image = load_image(write(tmp_path / "a.png", deep))
    assert image.dtype == np.uint8
    assert image.shape == (2, 3, 3)
    assert (image[0] == 255).all()
    assert (image[1] == 100).all()


def test_floats_are_refused(tmp_path):
    path = write(tmp_path / "a.tiff", PICTURE.astype(np.float32))
    with pytest.raises(ImageError, match=r"a\.tiff: expected .* float32"):
        load_image(path)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("part", [0.05, 0.5, 0.98])
def test_truncated_files_are_an_error(tmp_path, suffix, part):
    data = cv2.imencode(suffix, PICTURE)[1].tobytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(data[: int(part * len(data))])
    with pytest.raises(ImageError, match=rf"cut{suffix}: "):
        load_image(path)
    path.write_bytes(data)
    assert load_image(path).shape == (60, 80, 3)


def test_the_end_marker_of_a_thumbnail_is_not_the_end():
    data = cv2.imencode(".jpg", PICTURE)[1].tobytes()
    thumbnail = b"\xff\xe1" + struct.pack(">H", 2 + len(data)) + data
    full = data[:2] + thumbnail + data[2:]
    assert not is_truncated(full)
    assert is_truncated(full[:-200])


def test_bytes_after_the_end_are_fine():
    data = cv2.imencode(".jpg", PICTURE)[1].tobytes()
    assert not is_truncated(data + b"trailer")


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_exif_orientation_is_applied_on_request_only(suffix):
    data = cv2.imencode(".jpg", PICTURE)[1].tobytes()
    turned = with_exif_orientation(data, 6)
    plain = decode_image(data)
    np.testing.assert_array_equal(decode_image(turned), plain)
    np.testing.assert_array_equal(
        decode_image(turned, exif_orientation=True), np.rot90(plain, -1)
    )


# === Too large ===


def bomb(width, height):
    """A PNG of a few bytes that says it is large."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [
        struct.pack(">I", len(chunk) - 4) + chunk + bytes(4)
        for chunk in (body, b"IDAT" + bytes(100), b"IEND")
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_a_large_image_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(100_000, 30_000))
    message = r"bomb\.png: .* 30000 x 100000 .* max_pixels=178956970"
    tracemalloc.start()
    with pytest.raises(ImageError, match=message):
        load_image(path)
    with pytest.raises(ImageError, match=message):
        load_reduced(path, (10, 10))
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".tiff"])
def test_the_bound_is_a_choice(tmp_path, suffix):
    path = write(tmp_path / f"a{suffix}", PICTURE)
    assert load_image(path, max_pixels=60 * 80).shape == (60, 80, 3)
    for read in (
        lambda: load_image(path, max_pixels=60 * 80 - 1),
        lambda: load_reduced(path, (20, 20), max_pixels=60 * 80 - 1),
        lambda: decode_image(path.read_bytes(), max_pixels=60 * 80 - 1),
    ):
        with pytest.raises(ImageError, match="60 x 80 .* max_pixels=4799"):
            read()


def test_a_format_whose_size_is_not_known(tmp_path):
    path = write(tmp_path / "a.hdr", PICTURE.astype(np.float32))
    with pytest.raises(
        ImageError, match=r"a\.hdr: .* another format than JPEG"
    ):
        load_image(path)


# === At a part of the size ===

PHOTO = cv2.resize(PICTURE, (203, 101), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize(
    ("at_least", "expected"),
    [
        ((101, 203), (101, 203)),
        ((51, 1), (101, 203)),
        ((50, 101), (51, 102)),
        ((1, 101), (51, 102)),
        ((25, 50), (26, 51)),
        ((12, 25), (13, 26)),
        ((1, 1), (13, 26)),
        ((400, 400), (101, 203)),
    ],
)
def test_a_jpeg_is_reduced_as_far_as_is_asked(tmp_path, at_least, expected):
    path = write(tmp_path / "a.jpg", PHOTO)
    image, size = load_reduced(path, at_least)
    assert image.shape == (*expected, 3)
    assert image.dtype == np.uint8
    assert size == (101, 203)
    if expected == (101, 203):
        np.testing.assert_array_equal(image, load_image(path))


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_a_reduced_pixel_is_about_the_average_of_its_block(tmp_path, factor):
    smooth = cv2.resize(PICTURE, (320, 240), interpolation=cv2.INTER_CUBIC)
    path = write(tmp_path / "a.jpg", smooth)
    size = 320 // factor, 240 // factor
    image, _ = load_reduced(path, size[::-1])
    expected = cv2.resize(load_image(path), size, interpolation=cv2.INTER_AREA)
    assert image.shape == expected.shape
    difference = np.abs(image.astype(int) - expected)
    assert difference.mean() < 1.5
    # Red and blue are where they were.
    assert np.abs(image.astype(int) - expected[..., ::-1]).mean() > 20


def test_other_formats_are_read_whole(tmp_path):
    path = write(tmp_path / "a.png", PHOTO)
    image, size = load_reduced(path, (1, 1))
    np.testing.assert_array_equal(image, PHOTO[..., ::-1])
    assert size == (101, 203)


def test_a_reduced_image_is_not_turned(tmp_path):
    path = tmp_path / "a.jpg"
    data = cv2.imencode(".jpg", PHOTO)[1].tobytes()
    path.write_bytes(with_exif_orientation(data, 6))
    image, size = load_reduced(path, (50, 50))
    assert image.shape == (51, 102, 3)
    assert size == (101, 203)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_reduced_image_is_turned_on_request(tmp_path, orientation):
    """Also where the reduced sides are equal, and do not tell."""
    for size in ((203, 101), (104, 103)):
        data = cv2.imencode(".jpg", cv2.resize(PICTURE, size))[1].tobytes()
        path = tmp_path / "a.jpg"
        path.write_bytes(with_exif_orientation(data, orientation))
        whole = load_image(path, exif_orientation=True)
        small, found = load_reduced(path, (12, 12), exif_orientation=True)
        assert found == whole.shape[:2]
        assert small.shape[:2] == tuple(-(-side // 8) for side in found)
        area = cv2.resize(
            whole, small.shape[1::-1], interpolation=cv2.INTER_AREA
        )
        assert np.abs(small.astype(int) - area).mean() < 12


def test_one_channel_becomes_three_when_reduced(tmp_path):
    path = write(tmp_path / "a.jpg", PHOTO[..., 0])
    image, _ = load_reduced(path, (50, 50))
    assert image.shape == (51, 102, 3)
    assert (image == image[..., :1]).all()


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (0.0, "the file is empty"),
        (0.5, "the image is truncated"),
        (0.98, "the image is truncated"),
    ],
)
def test_reduced_reading_has_the_same_errors(tmp_path, part, message):
    path = tmp_path / "cut.jpg"
    data = cv2.imencode(".jpg", PHOTO)[1].tobytes()
    path.write_bytes(data[: int(part * len(data))])
    for read in (load_image, lambda path: load_reduced(path, (50, 50))):
        with pytest.raises(ImageError, match=rf"cut\.jpg: {message}"):
            read(path)
    path.unlink()
    with pytest.raises(ImageError, match=r"cut\.jpg: cannot be read: No such"):
        load_reduced(path, (50, 50))


def test_a_damaged_jpeg_is_an_error_when_reduced(tmp_path):
    path = tmp_path / "a.jpg"
    data = cv2.imencode(".jpg", PHOTO)[1].tobytes()
    # A size and an end, and nothing to decode between them.
    start = data.index(b"\xff\xc0")
    path.write_bytes(data[: start + 19] + b"\xff\xda\x00\x02\xff\xd9")
    with pytest.raises(ImageError, match=r"a\.jpg: cannot be decoded"):
        load_reduced(path, (50, 50))


# === Files of microscopes ===

WHOLE = Intensity("percentiles", (0, 100))
# 12 bits, in two rows: from 0 to 4080.
RAMP = np.arange(0, 4096, 16, dtype=np.uint16).reshape(2, 128)
AS_8_BITS = np.arange(256, dtype=np.uint8).reshape(2, 128)
BY_TYPE = ((RAMP.astype(int) + 128) // 257).astype(np.uint8)
THREE = np.dstack([RAMP, RAMP // 2, RAMP * 0])


def encoded(suffix, pixels, *options):
    return cv2.imencode(suffix, pixels, options)[1].tobytes()


def compressed(pixels, how):
    return encoded(".tiff", pixels, cv2.IMWRITE_TIFF_COMPRESSION, how)


def png(width, height, rows, bits, colour, *before):
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = [b"IHDR" + head, *before, b"IDAT" + zlib.compress(rows), b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4)
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        for chunk in chunks
    )


def gray_and_alpha(bits):
    pixels = np.dstack([RAMP, RAMP * 0]) // (1 if bits == 16 else 16)
    stored = pixels.astype(f">u{bits // 8}")
    rows = b"".join(b"\0" + row.tobytes() for row in stored)
    return png(128, 2, rows, bits, 4)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encoded(".png", RAMP), id="png"),
        pytest.param(gray_and_alpha(16), id="png with alpha"),
        pytest.param(encoded(".pgm", RAMP), id="pgm"),
        pytest.param(tiff(RAMP), id="tiff"),
        pytest.param(tiff(RAMP, strips=2), id="strips"),
        pytest.param(tiff(RAMP, ">"), id="big-endian"),
        pytest.param(tiff(RAMP, big=True), id="BigTIFF"),
        pytest.param(tiff(RAMP, ">", big=True), id="big-endian BigTIFF"),
        pytest.param(compressed(RAMP, 5), id="LZW"),
        pytest.param(compressed(RAMP, 8), id="deflate"),
        pytest.param(compressed(RAMP, 32773), id="PackBits"),
        pytest.param(pages(RAMP, RAMP[::-1], RAMP // 2), id="first page"),
        # OpenCV does not turn 16 bits whose 0 is white.
        pytest.param(tiff(RAMP, gray=0), id="white is 0"),
    ],
)
def test_12_bits_in_16(data):
    by_type = decode_image(data)
    np.testing.assert_array_equal(by_type, np.dstack([BY_TYPE] * 3))
    scaled = decode_image(data, intensity=WHOLE)
    np.testing.assert_array_equal(scaled, np.dstack([AS_8_BITS] * 3))


@pytest.mark.parametrize(
    "data",
    [
        encoded(".png", THREE[..., ::-1]),
        encoded(".png", np.dstack([THREE[..., ::-1], RAMP])),
        tiff(THREE),
        tiff(THREE, ">", big=True),
        tiff(np.dstack([THREE, RAMP])),
        compressed(THREE[..., ::-1], 5),
    ],
)
def test_16_bits_in_colour(data):
    """Alpha has no part in the percentiles."""
    by_type = decode_image(data)
    np.testing.assert_array_equal(by_type[..., 0], BY_TYPE)
    scaled = decode_image(data, intensity=WHOLE)
    np.testing.assert_array_equal(scaled[..., 0], AS_8_BITS)
    assert scaled[..., 1].max() == 128 and not scaled[..., 2].any()
    each = Intensity("percentiles", (0, 100), per_channel=True)
    scaled = decode_image(data, intensity=each)
    np.testing.assert_array_equal(scaled[..., 0], AS_8_BITS)
    assert scaled[..., 1].max() == 255 and not scaled[..., 2].any()


@pytest.mark.parametrize(
    "data, dtype",
    [
        *((tiff(RAMP.astype(t)), t) for t in ("int16", "float32", "float64")),
        (tiff((RAMP // 16 - 128).astype("int8")), "int8"),
        (tiff(RAMP.astype("int16") - 2000), "int16"),
        (tiff(RAMP.astype("float32"), ">", big=True), "float32"),
        (tiff(RAMP.astype("float32") * 1e-6 - 5), "float32"),
        (tiff(np.dstack([RAMP] * 3).astype("float32")), "float32"),
        (compressed(RAMP.astype("float32"), 5), "float32"),
    ],
)
def test_by_percentiles_only(data, dtype):
    with pytest.raises(ImageError, match=f"a: .* 8 or 16 bits .*{dtype}"):
        decode_image(data, "a")
    scaled = decode_image(data, intensity=WHOLE)
    np.testing.assert_array_equal(scaled, np.dstack([AS_8_BITS] * 3))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(tiff(RAMP.astype("float16")), id="half floats"),
        pytest.param(tiff(np.dstack([RAMP] * 5)), id="five channels"),
        pytest.param(
            tiff(np.dstack([THREE, RAMP]).astype("float32")), id="float alpha"
        ),
        pytest.param(
            tiff(RAMP, gray=3, palette=[0] * 3 * 65536), id="16 bit palette"
        ),
    ],
)
@pytest.mark.parametrize("intensity", [Intensity(), WHOLE])
def test_what_opencv_does_not_read(data, intensity, capfd):
    with pytest.raises(ImageError, match="a: cannot be decoded"):
        decode_image(data, "a", intensity=intensity)


def test_two_channels_of_16_bits():
    """OpenCV keeps the upper 8 bits, here 4: too few to be stretched."""
    data = tiff(np.dstack([RAMP, RAMP]))
    np.testing.assert_array_equal(decode_image(data)[..., 0], RAMP >> 8)
    with pytest.raises(ImageError, match=r"a: .* store it without alpha"):
        decode_image(data, "a", intensity=WHOLE)
    eight = decode_image(tiff(np.dstack([AS_8_BITS] * 2)), intensity=WHOLE)
    np.testing.assert_array_equal(eight[..., 0], AS_8_BITS)


def test_packed_bits_fill_16_already():
    packed = bytes([0x12, 0x3F, 0xFF] * 2)  # 0x123 and 0xFFF, twice
    data = tiff(np.zeros((2, 2), np.uint16), packed=(12, packed))
    by_type = decode_image(data)[..., 0]
    assert by_type.tolist() == [[18, 255]] * 2
    scaled = decode_image(data, intensity=WHOLE)[..., 0]
    assert scaled.tolist() == [[0, 255]] * 2


def test_channels_by_themselves():
    """OpenCV gives wrong pixels of more than 8 bits, without a word."""
    eight = tiff(THREE.astype("uint8"), planes=True)
    np.testing.assert_array_equal(decode_image(eight), THREE.astype("uint8"))
    for dtype in ("uint16", "float32"):
        data = tiff(THREE.astype(dtype), planes=True)
        for decode in (decode_image, decode_stored):
            with pytest.raises(ImageError, match=r"a: .* by itself"):
                decode(data, "a")


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_a_turned_tiff_is_turned_by_choice(dtype, tmp_path):
    scale = {"uint8": 1, "uint16": 257}[dtype]
    stored = np.arange(18, dtype="uint8").reshape(2, 3, 3)
    upright = [
        *(stored, stored[:, ::-1], stored[::-1, ::-1], stored[::-1]),
        *(stored.swapaxes(0, 1), np.rot90(stored, -1)),
        *(np.rot90(stored, 2).swapaxes(0, 1), np.rot90(stored)),
    ]
    path = tmp_path / "a.tif"
    for number, want in enumerate(upright, 1):
        data = tiff(stored.astype(dtype) * scale, orientation=number)
        image = decode_image(data)
        np.testing.assert_array_equal(image, stored)
        image = decode_image(data, exif_orientation=True)
        np.testing.assert_array_equal(image, want)
        image = decode_stored(data, "a")[..., ::-1]
        np.testing.assert_array_equal(image, stored.astype(dtype) * scale)
        path.write_bytes(data)
        assert stored_size(path) == (2, 3)
        assert stored_size(path, exif_orientation=True) == want.shape[:2]


def test_palettes_and_single_bits():
    palette = [n * 257 for n in range(256)] * 3
    data = tiff(np.uint8([[0, 9, 90]]), gray=3, palette=palette)
    assert decode_image(data)[0, :, 0].tolist() == [0, 9, 90]
    scaled = decode_image(data, intensity=WHOLE)
    assert scaled[0, :, 1].tolist() == [0, 26, 255]
    colours = b"PLTE" + bytes([0, 0, 0, 90, 0, 0])
    scaled = decode_image(
        png(2, 1, b"\0\0\1", 8, 3, colours), "a", intensity=WHOLE
    )
    assert scaled.tolist() == [[[0, 0, 0], [255, 0, 0]]]
    bits = tiff(np.zeros((1, 8), np.uint8), packed=(1, b"\xa0"))
    for data in (bits, png(8, 1, b"\0\xa0", 1, 0)):
        for intensity in (Intensity(), WHOLE):
            image = decode_image(data, "a", intensity=intensity)
            assert image[0, :4, 2].tolist() == [255, 0, 255, 0]


@pytest.mark.parametrize(
    "data",
    [
        encoded(".png", RAMP),
        tiff(RAMP),
        tiff(RAMP, ">", big=True),
        tiff(RAMP.astype("float64")),
        compressed(np.zeros((2, 128), np.uint16), 8),
        pages(RAMP, RAMP),
    ],
)
def test_the_bound_holds_whatever_the_scaling(data):
    assert decode_image(data, max_pixels=256, intensity=WHOLE).size == 768
    with pytest.raises(ImageError, match="2 x 128 .* max_pixels=255"):
        decode_image(data, max_pixels=255, intensity=WHOLE)


def test_files_are_scaled_on_request(tmp_path):
    path = write(tmp_path / "a.tif", RAMP)
    scaled = load_image(path, intensity=WHOLE)
    np.testing.assert_array_equal(scaled[..., 0], AS_8_BITS)
    reduced, size = load_reduced(path, (1, 1), intensity=WHOLE)
    np.testing.assert_array_equal(reduced, scaled)
    assert size == (2, 128)


def test_percentiles_of_a_reduced_photo_are_its_own(tmp_path):
    path = write(tmp_path / "a.jpg", PHOTO // 4 + 30)
    plain, _ = load_reduced(path, (50, 50))
    scaled, _ = load_reduced(path, (50, 50), intensity=WHOLE)
    np.testing.assert_array_equal(scaled, WHOLE.to_uint8(plain))
    assert scaled.shape[0] == 51 and scaled.max() == 255
