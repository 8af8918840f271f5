"""Pasted objects hide those below; less than 16 pixels are no object."""

import numpy as np

from keras_solo.data.copy_paste import choose_objects, paste
from tests.data.test_placed_objects import placed, rectangle

WHITE = np.full((32, 32, 3), 255, np.uint8)


def test_nothing_to_paste():
    assert choose_objects(np.random.default_rng(0), []) == []
    canvas = np.zeros((32, 32, 3), np.uint8)
    below = [placed(rectangle(0, 0, 3, 3))]
    assert paste(canvas, below, WHITE, []) == below
    assert not canvas.any()


def test_half_of_the_objects_and_at_least_one():
    counts = [
        len(choose_objects(np.random.default_rng(seed), list(range(6))))
        for seed in range(200)
    ]
    assert 3 < np.mean(counts) < 4
    assert min(counts) >= 1
    assert max(counts) == 6
    assert choose_objects(np.random.default_rng(0), ["one"]) == ["one"]


def test_what_is_pasted_hides_what_is_below():
    canvas = np.zeros((32, 32, 3), np.uint8)
    below = [placed(rectangle(2, 2, 12, 12)), placed(rectangle(20, 20, 30, 30))]
    above = [placed(rectangle(8, 2, 16, 14, label=1))]
    first, second, third = paste(canvas, below, WHITE, above)
    assert first.box.tolist() == [2, 2, 8, 12]
    assert first.pixels == 60
    assert second is below[1]
    assert third is above[0]
    assert (canvas[2:14, 8:16] == 255).all()
    assert canvas.sum() == 255 * 3 * 8 * 12


def test_fewer_than_sixteen_pixels_are_no_object():
    canvas = np.zeros((32, 32, 3), np.uint8)
    small = placed(rectangle(0, 0, 5, 3, label=1))
    below = [
        placed(rectangle(8, 8, 16, 17)),
        placed(rectangle(10, 8, 15, 18)),
        placed(rectangle(28, 28, 31, 31)),
    ]
    assert paste(canvas, below, WHITE, [small]) == below
    assert not canvas.any()
    # It leaves 2 x 8 pixels and 2 x 5: the second is lost, and so is the dot.
    above = [placed(rectangle(6, 10, 20, 24, label=1))]
    kept = paste(canvas, below, WHITE, [*above, small])
    assert [(item.pixels, item.item.label) for item in kept] == [
        (16, 0),
        (14 * 14, 1),
    ]
