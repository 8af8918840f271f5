import functools
import json

import cv2
import numpy as np
import pytest

from keras_solo.geometry import Intensity, Letterbox

SIZES = [(1, 1), (1, 200), (300, 1), (33, 47), (480, 640), (640, 480)]


@pytest.mark.parametrize(
    "letterbox, original, resized, canvas",
    [
        (Letterbox((64, 64)), (32, 16), (64, 32), (64, 64)),
        (Letterbox((64, 96)), (100, 100), (64, 64), (64, 96)),
        # The reference's sizes: short side 800 unless the long one is 1333.
        (Letterbox((800, 1333), "fit"), (480, 640), (800, 1067), (800, 1088)),
        (Letterbox((800, 1333), "fit"), (640, 480), (1067, 800), (1088, 800)),
        (Letterbox((800, 1333), "fit"), (200, 800), (333, 1333), (352, 1344)),
        (
            Letterbox((800, 1333), "fit", multiple=128),
            (480, 640),
            (800, 1067),
            (896, 1152),
        ),
    ],
)
def test_sizes(letterbox, original, resized, canvas):
    assert letterbox.resized_size(original) == resized
    assert letterbox.canvas_size(original) == canvas


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "letterbox", [Letterbox((96, 128)), Letterbox((64, 100), canvas="fit")]
)
def test_there_and_back(letterbox, size):
    """A mask that is smooth on the canvas returns where it came from."""
    height, width = size
    canvas = letterbox.canvas_size(size)
    assert canvas[0] % 32 == 0 and canvas[1] % 32 == 0
    box = np.float32([[0, 0, width, height]])
    there = letterbox.boxes_to_canvas(box, size)
    resized = letterbox.resized_size(size)
    np.testing.assert_allclose(there, [[0, 0, resized[1], resized[0]]], 1e-5)
    np.testing.assert_allclose(
        letterbox.boxes_to_original(there, size), box, 1e-5
    )
    whole = np.zeros((1, canvas[0] // 4, canvas[1] // 4), np.float32)
    whole[0, : -(-resized[0] // 4), : -(-resized[1] // 4)] = 1.0
    assert letterbox.masks_to_original(whole, size).all()
    assert letterbox.to_canvas(np.zeros((*size, 3), "uint8")).shape == (
        *canvas,
        3,
    )


def test_no_masks():
    masks = Letterbox((64, 64)).masks_to_original(
        np.zeros((0, 16, 16), "float32"), (40, 30)
    )
    assert masks.shape == (0, 40, 30) and masks.dtype == bool


def test_half_a_mask_lands_on_half_the_image():
    masks = np.zeros((1, 16, 16), np.float32)
    masks[0, :, :8] = 1.0
    back = Letterbox((64, 64)).masks_to_original(masks, (128, 128))
    assert back[0, :, :64].all() and not back[0, :, 64:].any()


def test_windowed_resampling_is_the_whole_one():
    rng = np.random.default_rng(0)
    masks = rng.random((4, 24, 32)).astype("float32") ** 4
    masks[1] = 0.0
    letterbox, size = Letterbox((96, 128)), (150, 170)
    resized = letterbox.resized_size(size)
    got = letterbox.masks_to_original(masks, size)
    rows = (np.arange(size[0]) + 0.5) * resized[0] / size[0] / 4 - 0.5
    columns = (np.arange(size[1]) + 0.5) * resized[1] / size[1] / 4 - 0.5
    rows, columns = np.clip(rows, 0, 23), np.clip(columns, 0, 31)
    # Bilinear interpolation as two products with hat functions.
    by_row = np.maximum(0, 1 - np.abs(rows[:, None] - np.arange(24)))
    by_column = np.maximum(0, 1 - np.abs(columns[:, None] - np.arange(32)))
    for mask, one in zip(masks, got, strict=True):
        value = by_row @ mask.astype("float64") @ by_column.T
        close = np.abs(value - 0.5) < 1e-5
        np.testing.assert_array_equal((value > 0.5)[~close], one[~close])


def test_agrees_with_the_reference_preprocessing(mmdet_cases):
    bgr = mmdet_cases["pre.img_bgr_hwc"]
    want = mmdet_cases["pre.out"][0].transpose(1, 2, 0)
    canvas = Letterbox((64, 64)).to_canvas(bgr[..., ::-1])
    height, width = bgr.shape[:2]
    # The case is padded without being resized, so it is placed by hand.
    placed = np.full((64, 64, 3), canvas[-1, -1])
    placed[:height, :width] = bgr[..., ::-1]
    mean = np.float32([123.675, 116.28, 103.53])
    std = np.float32([58.395, 57.12, 57.375])
    np.testing.assert_allclose((placed - mean) / std, want, atol=2e-6)


def test_resizes_like_opencv():
    image = np.random.default_rng(0).integers(0, 255, (50, 70, 3), "uint8")
    canvas = Letterbox((64, 64)).to_canvas(image)
    want = cv2.resize(image, (64, 46), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(canvas[:46], want)
    np.testing.assert_allclose(
        canvas[46:], np.broadcast_to([123.675, 116.28, 103.53], (18, 64, 3))
    )


def test_config_comes_back():
    letterbox = Letterbox((96, 160), "fit", 64, (1, 2, 3))
    assert Letterbox.from_config(letterbox.get_config()) == letterbox


@pytest.mark.parametrize(
    "arguments, words",
    [
        (((100, 64),), "multiples of 32"),
        (((64, 64), "centered"), "fixed"),
        (((0, 64),), "positive"),
        (((64, 64), "fixed", 16), "multiple of 32"),
        (((96, 64), "fit"), "short side"),
        (((64, 64), "fixed", 32, (1, 2)), "three numbers"),
    ],
)
def test_errors(arguments, words):
    with pytest.raises(ValueError, match=words):
        Letterbox(*arguments)


def test_gray_image_is_refused():
    with pytest.raises(ValueError, match="RGB"):
        Letterbox((64, 64)).to_canvas(np.zeros((4, 4), "uint8"))


def test_resampling_twice_is_the_reference_s_way():
    """To the canvas, without the padding, and from there to the original."""
    torch = pytest.importorskip("torch")
    resize = functools.partial(
        torch.nn.functional.interpolate, mode="bilinear", align_corners=False
    )
    masks = np.random.default_rng(0).random((3, 24, 32)).astype("float32")
    letterbox = Letterbox((90, 120), "fit", resampling="twice")
    original = (135, 180)
    canvas = resize(torch.from_numpy(masks)[None], (96, 128))
    want = resize(canvas[..., :90, :120], original)[0].numpy()
    for threshold in (0.3, 0.5):
        ours = letterbox.masks_to_original(masks, original, threshold)
        clear = np.abs(want - threshold) > 1e-5
        np.testing.assert_array_equal(ours[clear], (want > threshold)[clear])
        assert clear.mean() > 0.999


def test_both_ways_agree_on_smooth_masks():
    rows, columns = np.mgrid[:24, :32]
    blob = 1.5 - np.hypot(rows - 11, columns - 14) / 8
    masks = np.stack([blob, 0 * blob]).astype("float32")
    once, twice = (
        Letterbox((96, 128), "fit", resampling=way).masks_to_original(
            masks, (150, 200)
        )
        for way in ("once", "twice")
    )
    assert (once & twice).sum() / (once | twice).sum() > 0.98
    assert not once[1].any() and not twice[1].any()


def test_resampling_is_checked_and_saved():
    letterbox = Letterbox((64, 64), resampling="twice")
    assert Letterbox.from_config(letterbox.get_config()) == letterbox
    with pytest.raises(ValueError, match="thrice"):
        Letterbox((64, 64), resampling="thrice")


# === Intensities ===


def test_the_default_config_is_what_it_was():
    """Presets and run folders of before are the same, byte for byte."""
    config = Letterbox((64, 64)).get_config()
    assert "intensity" not in config
    assert Letterbox.from_config(config).intensity == Intensity()


def test_the_intensity_is_saved():
    intensity = Intensity("percentiles", (2, 98), per_channel=True)
    letterbox = Letterbox((64, 100), canvas="fit", intensity=intensity)
    config = json.loads(json.dumps(letterbox.get_config()))
    assert Letterbox.from_config(config) == letterbox
    assert letterbox.fixed().intensity == intensity
    with pytest.raises(ValueError, match="Expected an Intensity"):
        Letterbox((64, 64), intensity="percentiles")


@pytest.mark.parametrize("size", [(64, 64), (50, 70)])
def test_a_canvas_by_percentiles(size):
    """Of any numbers, in grey too; scaled before it is resized."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 4096, size).astype("uint16")
    letterbox = Letterbox((64, 64), intensity=Intensity("percentiles"))
    canvas = letterbox.to_canvas(pixels)
    scaled = letterbox.intensity.to_rgb(pixels)
    np.testing.assert_array_equal(canvas, Letterbox((64, 64)).to_canvas(scaled))
    for same in (
        np.dstack([pixels] * 3),
        pixels.astype("float32"),
        pixels.astype("int16"),
        scaled,
    ):
        np.testing.assert_array_equal(letterbox.to_canvas(same), canvas)
