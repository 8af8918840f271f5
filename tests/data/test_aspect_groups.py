"""Landscape and portrait: which image, which canvas."""

import pytest

from keras_solo.data import Record
from keras_solo.data.aspect_groups import both_ways, is_portrait
from keras_solo.geometry import Letterbox


def test_no_images():
    assert is_portrait([]).tolist() == []


def test_which_images_are_portrait():
    sizes = [(10, 20), (20, 20), (21, 20)]
    records = [Record(i, size) for i, size in enumerate(sizes)]
    assert is_portrait(records).tolist() == [0, 0, 1]


@pytest.mark.parametrize("size", [(64, 96), (96, 64)])
def test_two_canvases(size):
    letterbox = Letterbox(size, pad_value=(1, 2, 3))
    lying, upright = both_ways(letterbox)
    assert lying.image_size == (64, 96)
    assert upright.image_size == (96, 64)
    assert lying.pad_value == upright.pad_value == (1, 2, 3)


def test_a_square_canvas_is_one():
    letterbox = Letterbox((64, 64))
    assert both_ways(letterbox) == (letterbox,)


@pytest.mark.parametrize("size", [(480, 640), (640, 480), (333, 500)])
def test_images_are_as_large_as_predictions_have_them(size):
    """On the one canvas of `fixed()` portrait images are smaller."""
    letterbox = Letterbox((800, 1344), canvas="fit")
    ways = both_ways(letterbox)
    canvas = ways[int(size[0] > size[1])]
    assert canvas.resized_size(size) == letterbox.resized_size(size)
    smaller = letterbox.fixed().resized_size(size) != canvas.resized_size(size)
    assert smaller == (size[0] > size[1])
