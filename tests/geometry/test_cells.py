"""Cells along one axis: 4 cells of 16 px on a side of 64 px."""

import keras
import numpy as np
import pytest

from keras_solo.geometry import cell_edges, cells_of
from keras_solo.geometry.cells import edges_of_tensor, span

BOTH = pytest.mark.parametrize("xp", [np, keras.ops], ids=["numpy", "keras"])


@BOTH
@pytest.mark.parametrize(
    "coordinate, cell",
    [(-5.0, 0), (0.0, 0), (15.9, 0), (16.0, 1), (63.0, 3), (64.0, 3), (99, 3)],
)
def test_cells_of(xp, coordinate, cell):
    assert int(cells_of(coordinate, 64, 4, xp)) == cell


def test_no_coordinates():
    assert cells_of([], 64, 4).shape == (0,)


def test_cells_agree_with_the_reference(mmdet_cases):
    """124,000 centres on nine canvas sides and five grids."""
    count = 0
    for key in mmdet_cases:
        if not key.startswith("coord."):
            continue
        _, side, grid = key.split(".")
        want = mmdet_cases[key]
        centers = np.arange(len(want)) * (int(side) / len(want))
        np.testing.assert_array_equal(
            cells_of(centers, int(side), int(grid)), want, err_msg=key
        )
        count += len(want)
    assert count > 100_000


def test_edges_are_not_those_of_exact_arithmetic():
    # 104 / 320 * 40 = 13, but the reference says cell 12.
    assert cells_of(104.0, 320, 40) == 12
    assert cell_edges(320, 40)[12] > 104.0


@BOTH
@pytest.mark.parametrize("side", [32, 64, 320, 1344, 4096])
def test_edges_of_a_side_that_only_a_graph_knows(xp, side):
    found = edges_of_tensor(xp.array(side), 40, xp)
    found = keras.ops.convert_to_numpy(found)
    np.testing.assert_array_equal(found, cell_edges(side, 40))
    assert int(cells_of(104.0, xp.array(320), 40, xp)) == 12


@BOTH
@pytest.mark.parametrize("side", [100, 4128])
def test_edges_of_such_a_side_that_is_not_in_the_table(xp, side):
    found = edges_of_tensor(xp.array(side), 40, xp)
    found = keras.ops.convert_to_numpy(found)
    np.testing.assert_allclose(found, cell_edges(side, 40), rtol=1e-6)


@BOTH
@pytest.mark.parametrize(
    "center, half, want",
    [
        (24, 0, (1, 1, 1)),
        (24, 8, (1, 1, 2)),  # the end at 32 is the next cell's
        (24, 9, (1, 0, 2)),
        (40, 40, (2, 1, 3)),  # one step each way, however long
        (4, 10, (0, 0, 0)),
        (60, 50, (3, 2, 3)),
    ],
)
def test_span(xp, center, half, want):
    found = span(np.float32([center]), np.float32([half]), 64, 4, xp)
    assert tuple(int(index[0]) for index in found) == want


@BOTH
def test_along_and_neighbours(xp):
    found = span(np.float32([4, 40]), np.float32([20, 2]), 64, 4, xp)
    along = keras.ops.convert_to_numpy(found.along(4, xp)).astype(int)
    assert along.tolist() == [[1, 1, 0, 0], [0, 0, 1, 0]]
    cells, which = map(keras.ops.convert_to_numpy, found.neighbours(xp))
    assert cells.tolist() == [[-1, 0, 1], [1, 2, 3]]
    assert which.astype(int).tolist() == [[0, 1, 1], [0, 1, 0]]
