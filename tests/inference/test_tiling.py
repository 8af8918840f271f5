import dataclasses
import math

import pytest

from keras_solo import Letterbox
from keras_solo.inference import Tiling


def test_by_default_a_tile_is_the_canvas():
    assert Tiling().piece(Letterbox((96, 128))) == (96, 128)
    assert Tiling().piece(Letterbox((800, 1333), canvas="fit")) == (800, 1333)


def test_a_piece_is_a_tile_in_original_pixels():
    assert Tiling(scale=0.5).piece(Letterbox((96, 128))) == (192, 256)
    assert Tiling(scale=3).piece(Letterbox((96, 128))) == (32, 43)
    assert Tiling(scale=12).piece(Letterbox((96, 128))) == (8, 11)
    assert Tiling([64, 96]).piece(Letterbox((96, 96))) == (64, 96)


def test_it_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Tiling().scale = 2.0


@pytest.mark.parametrize("overlap", [1.0, 1.5, -0.1, math.nan, math.inf])
def test_overlaps_that_are_none(overlap):
    with pytest.raises(ValueError, match="Expected an overlap from 0 to below"):
        Tiling(overlap=overlap)


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan, math.inf])
def test_scales_that_are_none(scale):
    with pytest.raises(ValueError, match="Expected a scale above 0"):
        Tiling(scale=scale)


@pytest.mark.parametrize("tile", [(0, 128), 128, (64, 64, 3), "ab"])
def test_tiles_that_are_none(tile):
    with pytest.raises(ValueError, match="size of two positive integers"):
        Tiling(tile=tile)


@pytest.mark.parametrize("tile", [(64, 64), (256, 256), (128, 160)])
def test_the_canvas_must_be_as_large_as_the_tile(tile):
    with pytest.raises(ValueError, match=r"leaves as it is, .*which becomes"):
        Tiling(tile).piece(Letterbox((128, 128)))


def test_a_tile_must_fit_in_memory():
    letterbox = Letterbox((128, 128))
    assert Tiling(scale=0.01).piece(letterbox) == (12_800, 12_800)
    with pytest.raises(
        ValueError, match=r"at most 178,956,970 pixels of the i"
    ):
        Tiling(scale=1e-9).piece(letterbox)


@pytest.mark.parametrize("scale", [13, 1000, 1e9])
def test_a_tile_must_see_something(scale):
    with pytest.raises(ValueError, match="at least 8 pixels of the image"):
        Tiling(scale=scale).piece(Letterbox((96, 128)))
