import numpy as np
import pytest

from keras_solo.geometry.column_parts import (
    column_parts,
    enlarged_parts,
    joined_parts,
    moved_parts,
    parts_area,
    parts_outside,
    parts_runs,
    parts_within,
)
from keras_solo.geometry.column_runs import draw_runs, empty_runs, mask_runs

SIZE = (7, 9)


def masks():
    rng = np.random.default_rng(0)
    full = np.ones(SIZE, bool)
    columns = np.zeros(SIZE, bool)
    columns[:, 2:5] = True
    return [full, columns, *(rng.random((4, *SIZE)) < 0.6)]


def drawn(parts, size=SIZE):
    mask = np.zeros(size, bool)
    draw_runs(parts_runs(parts, size), mask)
    return mask


def test_nothing():
    parts = column_parts(empty_runs(SIZE), SIZE[0])
    assert parts_area(parts) == 0
    assert parts_runs(parts, SIZE).tolist() == [63]
    assert parts_runs(enlarged_parts(parts, 3, (8, 8)), (8, 8)).tolist() == [64]
    assert parts_area(parts_outside(parts, (0, 0, 2, 2))) == 0


@pytest.mark.parametrize("mask", masks())
def test_there_and_back(mask):
    runs = mask_runs(mask)
    parts = column_parts(runs, SIZE[0])
    assert (parts.bottom <= SIZE[0]).all() and (parts.top < parts.bottom).all()
    assert parts_area(parts) == mask.sum()
    np.testing.assert_array_equal(parts_runs(parts, SIZE), runs)


@pytest.mark.parametrize("mask", masks())
@pytest.mark.parametrize(
    "window", [(0, 0, 9, 7), (2, 1, 5, 6), (3, 3, 3, 5), (4, 0, 9, 2)]
)
def test_within_and_outside(mask, window):
    x1, y1, x2, y2 = window
    parts = column_parts(mask_runs(mask), SIZE[0])
    inside = np.zeros(SIZE, bool)
    inside[y1:y2, x1:x2] = True
    within, outside = parts_within(parts, window), parts_outside(parts, window)
    np.testing.assert_array_equal(drawn(within), mask & inside)
    np.testing.assert_array_equal(drawn(outside), mask & ~inside)
    assert parts_area(within) + parts_area(outside) == mask.sum()


@pytest.mark.parametrize("mask", masks())
def test_moved(mask):
    parts = column_parts(mask_runs(mask), SIZE[0])
    want = np.zeros((12, 12), bool)
    want[4:11, 2:11] = mask
    np.testing.assert_array_equal(
        drawn(moved_parts(parts, 2, 4), (12, 12)), want
    )


@pytest.mark.parametrize("mask", masks())
def test_each_pixel_becomes_a_square(mask):
    parts = column_parts(mask_runs(mask), SIZE[0])
    large = mask.repeat(3, axis=0).repeat(3, axis=1)[:20, :25]
    np.testing.assert_array_equal(
        drawn(enlarged_parts(parts, 3, (20, 25)), (20, 25)), large
    )


def test_lines_of_several_masks_may_overlap():
    one, other, third, *_ = masks()[1:]
    lines = [column_parts(mask_runs(m), SIZE[0]) for m in (other, one, third)]
    np.testing.assert_array_equal(
        drawn(joined_parts(lines)), one | other | third
    )
