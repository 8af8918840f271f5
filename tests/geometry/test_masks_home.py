"""Masks come home as runs, and are those of the rule pixel by pixel."""

import tracemalloc

import numpy as np
import pytest

from keras_solo.geometry import Letterbox
from keras_solo.geometry import masks_home as h
from keras_solo.geometry.column_runs import draw_runs
from tests.pixel_by_pixel import mask_home

# How far from the threshold a value must be for its pixel to be certain.
NOISE = 5e-5


def home(letterbox, masks, original, threshold=0.5):
    drawn = np.zeros((len(masks), *original), bool)
    runs = letterbox.mask_runs_to_original(masks, original, threshold)
    for one, mask in zip(runs, drawn, strict=True):
        assert one.dtype == np.uint32 and (one[1:] > 0).all()
        assert one.sum() == mask.size
        draw_runs(one, mask)
    return drawn


def check(letterbox, masks, original, threshold=0.5):
    """Equal to the rule pixel by pixel, but for noise."""
    got = home(letterbox, masks, original, threshold)
    for mask, found in zip(masks, got, strict=True):
        window, values = mask_home(letterbox, mask, original, threshold)
        clear = np.abs(values - threshold) > NOISE
        np.testing.assert_array_equal(
            (values > threshold)[clear], found[window][clear]
        )
        found[window] = False
        assert not found.any(), "a pixel is set where no value can be"


def kinds(grid, rng):
    """Noise, rare peaks, hard edges, blobs beyond the edge, one value."""
    rows, columns = np.mgrid[: grid[0], : grid[1]]
    away = np.hypot(rows - rng.uniform(0, 30), columns - rng.uniform(0, 30))
    masks = [
        rng.random(grid),
        rng.random(grid) ** 8,
        rng.random(grid) > 0.5,
        1 / (1 + np.exp(away - rng.uniform(0, 20))),
        np.full(grid, rng.choice([0.0, 0.5, 1.0])),
    ]
    return np.stack(masks).astype(np.float32)


def test_no_masks():
    axis = h.Axis(4, 2, 0.5)
    way = [h.Resampling(axis, axis)]
    assert h.masks_home(np.zeros((0, 2, 2)), way, 0.5) == []
    (runs,) = h.masks_home(np.zeros((1, 2, 2)), way, 0.5)
    assert runs.tolist() == [16]


def test_by_hand():
    """Values along both sides: 0, 0.25, 0.75, 1."""
    axis = h.Axis(4, 2, 0.5)
    assert axis.weight.tolist() == [0, 0.25, 0.75, 0]
    mask = np.array([[[0.0, 0.0], [0.0, 1.0]]])
    way = [h.Resampling(axis, axis)]
    (runs,) = h.masks_home(mask, way, 0.5)
    # The products above 0.5 are those of 0.75 and 1.
    assert runs.tolist() == [10, 2, 2, 2]
    (runs,) = h.masks_home(mask, way, 0.6)
    assert runs.tolist() == [11, 1, 2, 2]


def test_which_pixels_read_which_points():
    axis = h.Axis(4, 2, 0.5)
    assert axis.touched(slice(1, 2)) == slice(0, 4)
    assert h.Axis(8, 4, 0.5).touched(slice(3, 4)) == slice(5, 8)
    assert h.Axis(8, 4, 0.5).read(slice(5, 8)) == slice(2, 4)
    values = np.array([[2.0], [4.0]], np.float32)
    found = h.Axis(8, 4, 0.5).resample(values, 2, slice(5, 8))
    np.testing.assert_allclose(found[:, 0], [2.5, 3.5, 4])


@pytest.mark.parametrize("resampling", ["once", "twice"])
@pytest.mark.parametrize("canvas", ["fixed", "fit"])
def test_the_rule_pixel_by_pixel(canvas, resampling):
    rng = np.random.default_rng(0)
    letterbox = Letterbox((96, 160), canvas, resampling=resampling)
    for original in [(1, 1), (1, 90), (200, 1), (33, 47), (160, 96), (301, 99)]:
        for stride in (1, 4, 16):
            grid = (side // stride for side in letterbox.canvas_size(original))
            masks = kinds(tuple(grid), rng)
            for threshold in (0.5, 0.07):
                check(letterbox, masks, original, threshold)


@pytest.mark.parametrize("resampling", ["once", "twice"])
def test_a_large_image(resampling):
    """Many pieces, and positions where float32 is coarse."""
    rng = np.random.default_rng(0)
    letterbox = Letterbox((800, 1333), "fit", resampling=resampling)
    rows, columns = np.mgrid[:200, :272]
    waves = np.sin(rows / 9) * np.sin(columns / 7 + rows / 30) / 2 + 0.5
    hard = rng.random((200, 272)) > 0.9
    check(letterbox, np.float32([waves, hard]), (1500, 2000))


@pytest.mark.parametrize("piece", [1, 100])
def test_pieces_make_no_difference(monkeypatch, piece):
    masks = kinds((24, 40), np.random.default_rng(0))
    letterbox = Letterbox((96, 160))
    want = home(letterbox, masks, (130, 90))
    monkeypatch.setattr(h, "PIECE", piece)
    np.testing.assert_array_equal(home(letterbox, masks, (130, 90)), want)


@pytest.mark.parametrize("resampling", ["once", "twice"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_stays_in_its_place(wrong, resampling):
    masks = np.zeros((2, 24, 40), np.float32)
    masks[0, 4:8, 4:8] = masks[1, 10:20, 10:20] = 1.0
    masks[0, 5, 5] = wrong
    got = home(Letterbox((96, 160), resampling=resampling), masks, (96, 160))
    assert not got[0, :12].any() and not got[0, 36:].any()
    assert got[1, 41:79, 41:79].all() and got[1].sum() == 1596


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.uint8, bool])
def test_other_types(dtype):
    masks = np.zeros((1, 24, 40), dtype)
    masks[0, 3:9, 2:7] = 1
    want = home(Letterbox((96, 160)), masks.astype(np.float32), (96, 160))
    np.testing.assert_array_equal(
        home(Letterbox((96, 160)), masks, (96, 160)), want
    )


def test_of_padding_nothing_comes_home():
    masks = np.zeros((2, 24, 40), np.float32)
    masks[:, 20:, 36:] = 1.0
    for resampling in ("once", "twice"):
        letterbox = Letterbox((96, 160), resampling=resampling)
        assert not home(letterbox, masks, (40, 160)).any()
        assert not home(letterbox, masks, (96, 40)).any()


@pytest.mark.parametrize("resampling", ["once", "twice"])
def test_no_dense_mask_is_made(resampling):
    rows, columns = np.mgrid[:200, :272]
    mask = np.hypot(rows - 100, columns - 130) < 90
    letterbox = Letterbox((800, 1333), "fit", resampling=resampling)
    tracemalloc.start()
    letterbox.mask_runs_to_original(mask[None], (6000, 8000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6000 * 8000 / 4


@pytest.mark.parametrize("resampling", ["once", "twice"])
def test_masks_in_steps_of_a_255th(resampling):
    """They differ where the value is within half a step of the threshold."""
    letterbox = Letterbox((96, 96), resampling=resampling)
    masks = kinds((24, 24), np.random.default_rng(0))
    steps = np.rint(255 * masks).astype(np.uint8)
    exact = home(letterbox, masks, (70, 100), 0.4)
    coarse = home(letterbox, steps, (70, 100), 0.4 * 255)
    for mask, one, other in zip(masks, exact, coarse, strict=True):
        _, values = mask_home(letterbox, mask, (70, 100), -1.0)
        near = np.abs(values - 0.4) < 0.5 / 255 + NOISE
        assert near[one != other].all()
