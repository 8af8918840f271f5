import numpy as np
import pytest

from keras_solo.inference.seams import grouped, meeting_at_seams
from keras_solo.inference.stitching import stitched
from tests.inference.some_fragments import fragments_of, square

# Tiles see columns 0 to 10, 7 to 17 and 15 to 25; cores end at 8 and 16.
SIZE = (10, 25)


def objects_of(*rows):
    found = fragments_of(SIZE, rows)
    seams = meeting_at_seams(found)
    return stitched(found, grouped(found, seams), seams)


def spans(objects):
    """First and last columns of each."""
    return [(x1, x2) for x1, _, x2, _ in objects.masks.windows]


def test_none():
    objects = objects_of()
    assert len(objects.masks) == len(objects.scores) == len(objects.cut) == 0


def test_an_object_over_three_tiles_is_whole():
    objects = objects_of(
        (square(SIZE, 5, 10), 3, 0, 0.9),
        (square(SIZE, 7, 17), 3, 1, 0.6),
        (square(SIZE, 15, 20), 3, 2, 0.5),
    )
    assert spans(objects) == [(5, 20)]
    assert objects.labels.tolist() == [3]
    assert objects.tiles == [frozenset([0, 1, 2])]
    assert objects.cut.tolist() == [False]
    mean = (5 * 0.9 + 10 * 0.6 + 5 * 0.5) / 20
    np.testing.assert_allclose(objects.scores, [mean], rtol=1e-6)


def test_pixels_are_decided_by_the_tile_whose_core_they_are_in():
    """From column 8 on that is the second, which leaves two rows out."""
    objects = objects_of(
        (square(SIZE, 3, 10), 0, 0, 0.9),
        (square(SIZE, 7, 15, 2), 0, 1, 0.9),
    )
    want = square(SIZE, 3, 8) | square(SIZE, 8, 15, 2)
    np.testing.assert_array_equal(objects.masks.to_dense(), [want])


def test_who_sees_it_whole_decides():
    """The second tile cuts it; the first gives mask and score."""
    objects = objects_of(
        (square(SIZE, 2, 8), 0, 0, 0.7),
        (square(SIZE, 7, 9), 0, 1, 0.9),
    )
    assert spans(objects) == [(2, 8)]
    np.testing.assert_allclose(objects.scores, [0.7])
    assert objects.cut.tolist() == [False]


@pytest.mark.parametrize("label", [0, 1])
def test_a_rest_of_what_a_neighbour_sees_whole_goes(label):
    """The second tile sees its last two columns, also as another class."""
    whole = (square(SIZE, 2, 8, 2, 8), 0, 0, 0.9)
    (rest,) = objects_of((square(SIZE, 7, 8, 3, 8), label, 1, 0.8)).masks.areas
    assert rest == 5
    objects = objects_of(whole, (square(SIZE, 7, 8, 3, 8), label, 1, 0.8))
    assert spans(objects) == [(2, 8)]


def test_a_rest_that_agrees_little_goes_if_it_is_of_the_class():
    """One of six rows in the margin is too little to be joined."""
    whole = (square(SIZE, 2, 8, 2, 8), 0, 0, 0.9)
    same = (square(SIZE, 7, 8, 3, 5), 0, 1, 0.8)
    other = (square(SIZE, 7, 8, 3, 5), 1, 1, 0.8)
    assert spans(objects_of(whole, same)) == [(2, 8)]
    assert spans(objects_of(whole, other)) == [(2, 8), (7, 8)]


def test_a_good_rest_is_not_explained_by_a_doubtful_one():
    whole = (square(SIZE, 2, 8, 2, 8), 0, 0, 0.3)
    assert (
        len(objects_of(whole, (square(SIZE, 7, 8, 3, 5), 0, 1, 0.8)).cut) == 2
    )


def test_what_is_cut_and_nothing_continues_stays():
    objects = objects_of((square(SIZE, 4, 10), 0, 0, 0.9))
    assert spans(objects) == [(4, 10)]
    assert objects.cut.tolist() == [True]


def test_some_of_them():
    objects = objects_of(
        (square(SIZE, 0, 3), 0, 0, 0.9), (square(SIZE, 4, 6), 1, 0, 0.8)
    )
    one = objects[np.array([False, True])]
    assert one.labels.tolist() == [1] and one.tiles == [frozenset([0])]
