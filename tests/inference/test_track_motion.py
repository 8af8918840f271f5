"""Where an object should be: on as before, also while a part is hidden."""

import numpy as np
import pytest

from keras_solo.inference.track_motion import Track, covering
from tests.inference.test_placed_masks import squares


def test_it_goes_on_as_fast_as_before():
    first, second = squares((2, 5), (5, 6))
    one = Track(1, 0, first, 0.0)
    assert one.expected(9.0)[0].center.tolist() == [4, 7]
    one.see(second, 0.5, 1.0)
    assert one.velocity.tolist() == [6, 2]
    whole, seen = one.expected(1.5)
    assert whole.center.tolist() == seen.center.tolist() == [13, 10]


def test_what_is_hidden_in_part_keeps_its_size_and_speed():
    first, second = squares((2, 5), (5, 5))
    one = Track(1, 0, first, 0.0)
    one.see(second, 1.0, 9.0)
    half = covering_part(squares((8, 5))[0])
    one.see(half, 2.0, 9.0)
    assert one.velocity.tolist() == [3, 0] and one.area == 16
    whole, seen = one.expected(3.0)
    assert whole.center.tolist() == [13, 7] and seen.area == 8
    # Until it has been so for too long: then this is all of it.
    one.see(covering_part(squares((11, 5))[0]), 11.0, 9.0)
    assert one.area == 8 and one.whole.area == 8


def covering_part(square):
    """The right half of a square."""
    masks = np.zeros((1, 20, 30), bool)
    masks[0, square.y : square.y + 4, square.x + 2 : square.x + 4] = True
    from keras_solo.data.instances import Instances
    from keras_solo.inference.placed_masks import placed_masks

    return placed_masks(Instances(masks, [0]))[0]


@pytest.mark.parametrize(
    ("part", "expected"),
    [((5, 5), [0, 0]), ((7, 5), [2, 0]), ((1, 9), [-4, 4])],
)
def test_a_whole_covers_its_part(part, expected):
    [whole], [other] = squares((5, 5)), squares(part)
    assert covering(whole, other).tolist() == expected
    half = covering_part(other)
    off = covering(whole, half)
    assert whole.x + off[0] <= half.x and half.x + 2 <= whole.x + off[0] + 4


def test_colors_change_slowly():
    image = np.zeros((20, 30, 3), np.uint8)
    image[:, 10:] = 100
    black, grey = squares((2, 2), (15, 2), image=image)
    one = Track(1, 0, black, 0.0)
    one.see(grey, 1.0, 1.0)
    np.testing.assert_allclose(one.whole.color, 10)
