import numpy as np

from keras_solo.inference.seams import grouped, meeting_at_seams
from tests.inference.some_fragments import fragments_of, square

# Tiles see columns 0 to 10, 7 to 17 and 15 to 25.
SIZE = (10, 25)


def groups_of(*rows):
    found = fragments_of(SIZE, rows)
    return grouped(found, meeting_at_seams(found))


def test_none():
    assert groups_of() == []
    assert len(meeting_at_seams(fragments_of(SIZE, [])).first) == 0


def test_agreement_is_that_in_the_margin():
    """Columns 7 to 10: one mask has all three, the other the last two."""
    found = fragments_of(
        SIZE,
        [(square(SIZE, 0, 10), 0, 0, 0.5), (square(SIZE, 8, 17), 0, 1, 0.5)],
    )
    seams = meeting_at_seams(found)
    assert seams.shared.tolist() == [20]
    np.testing.assert_allclose(seams.agreement, [2 / 3])


def test_two_of_one_tile_are_no_pair():
    rows = [(square(SIZE, 0, 10), 0, 0, 0.5), (square(SIZE, 0, 9), 0, 0, 0.4)]
    assert groups_of(*rows) == [[0], [1]]


def test_an_object_over_three_tiles():
    rows = [
        (square(SIZE, 5, 10), 0, 0, 0.9),
        (square(SIZE, 7, 17), 0, 1, 0.9),
        (square(SIZE, 15, 20), 0, 2, 0.9),
    ]
    assert groups_of(*rows) == [[0, 1, 2]]


def test_what_agrees_too_little_stays_apart():
    """One of three columns."""
    rows = [(square(SIZE, 0, 8), 0, 0, 0.9), (square(SIZE, 7, 17), 0, 1, 0.9)]
    assert groups_of(*rows) == [[0], [1]]


def test_another_class_stays_apart():
    rows = [(square(SIZE, 0, 10), 0, 0, 0.9), (square(SIZE, 7, 17), 1, 1, 0.9)]
    assert groups_of(*rows) == [[0], [1]]


def test_slivers_of_two_objects_that_touch_the_margin():
    """Each reaches one pixel into it, from either side."""
    rows = [(square(SIZE, 0, 8), 0, 0, 0.9), (square(SIZE, 9, 17), 0, 1, 0.9)]
    assert groups_of(*rows) == [[0], [1]]


def test_a_doubtful_duplicate_takes_nobodys_place():
    """It agrees better than the good one does."""
    rows = [
        (square(SIZE, 0, 10, 0, 8), 0, 0, 0.9),
        (square(SIZE, 0, 10), 0, 0, 0.1),
        (square(SIZE, 7, 17), 0, 1, 0.8),
    ]
    assert groups_of(*rows) == [[0, 2], [1]]


def test_a_doubtful_one_does_not_glue_its_neighbours():
    """Two objects, upper and lower, and one that is both of them."""
    rows = [
        (square(SIZE, 0, 10, 0, 5), 0, 0, 0.9),
        (square(SIZE, 0, 10, 5), 0, 0, 0.9),
        (square(SIZE, 7, 17, 0, 5), 0, 1, 0.9),
        (square(SIZE, 7, 17, 5), 0, 1, 0.9),
        (square(SIZE, 7, 17), 0, 1, 0.2),
    ]
    assert groups_of(*rows) == [[0, 2], [1, 3], [4]]


def test_a_group_has_one_of_each_tile():
    """The tile between sees two parts, each of which continues one side."""
    rows = [
        (square(SIZE, 0, 10), 0, 0, 0.9),
        (square(SIZE, 7, 12), 0, 1, 0.9),
        (square(SIZE, 7, 12, 1), 0, 1, 0.8),
    ]
    assert groups_of(*rows) == [[0, 1], [2]]
