import numpy as np
import pytest

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.geometry.tiles import tiles
from keras_solo.inference.fragments import (
    Fragments,
    area_within,
    enlarged,
    is_inside,
    placed,
)
from tests.inference.some_fragments import fragments_of, square

SIZE = (10, 25)


def test_none():
    found = fragments_of(SIZE, [])
    assert len(found) == 0 and found.whole.shape == (0,)
    assert placed(found.masks, (0, 0, 5, 5), SIZE) == []


@pytest.mark.parametrize(
    "box, inside",
    [
        ((10, 10, 20, 20), True),
        ((7, 10, 20, 20), False),
        ((10, 7, 20, 20), False),
        ((10, 10, 28, 20), False),
        ((10, 10, 20, 28), False),
    ],
)
def test_near_a_border(box, inside):
    window = (5, 5, 30, 30)
    assert is_inside(box, window, size=(100, 100), reach=3) == inside
    assert is_inside(box, window, size=(100, 100), reach=2)


def test_the_borders_of_the_image_cut_nothing():
    assert is_inside((0, 0, 5, 9), (0, 0, 8, 9), size=(9, 20), reach=2)


def test_those_that_no_border_cuts():
    """Tiles see columns 0 to 10, 7 to 17 and 15 to 25."""
    found = fragments_of(
        SIZE,
        [
            (square(SIZE, 0, 8), 0, 0, 0.5),
            (square(SIZE, 0, 9), 0, 0, 0.5),
            (square(SIZE, 9, 15), 0, 1, 0.5),
            (square(SIZE, 8, 15), 0, 1, 0.5),
        ],
    )
    assert found.whole.tolist() == [True, False, True, False]
    assert area_within(found, 1, (7, 2, 17, 4)) == 2 * 2


def test_placed():
    dense = np.random.default_rng(0).random((2, 6, 6)) < 0.5
    want = np.zeros((2, 10, 9), bool)
    want[:, 4:10, 5:9] = dense[:, :, :4]  # two columns are padding
    masks = CompactMasks.from_dense(dense)
    runs = placed(masks, (5, 4, 9, 10), (10, 9))
    got = CompactMasks(tuple(runs), (10, 9))
    np.testing.assert_array_equal(got.to_dense(), want)


def test_enlarged():
    dense = np.random.default_rng(0).random((2, 3, 4)) < 0.5
    want = dense.repeat(3, axis=1).repeat(3, axis=2)[:, :8, :10]
    runs = enlarged(CompactMasks.from_dense(dense), 3, (8, 10))
    got = CompactMasks(tuple(runs), (8, 10))
    np.testing.assert_array_equal(got.to_dense(), want)


def test_lines_of_one():
    found = Fragments(
        CompactMasks.from_dense(square(SIZE, 3, 4)[None]),
        np.array([0]),
        np.array([0.5]),
        np.array([0]),
        tiles(SIZE, SIZE, 0.0),
        reach=1,
    )
    assert [v.tolist() for v in found.parts(0)] == [[3], [0], [10]]
