import numpy as np
import pytest

from keras_solo.geometry import Levels, cell_edges, cells_of


def test_reference_levels():
    levels = Levels()
    assert levels.num_cells == 3872
    assert levels.offsets == (0, 1600, 2896, 3472, 3728)
    assert levels.strides == (8, 8, 16, 32, 32)
    assert levels.cell_strides.shape == (3872,)
    assert levels.max_cells_per_object == 27


@pytest.mark.parametrize(
    "size, expected",
    [
        (0.5, [0, 0, 0, 0, 0]),
        (1, [1, 0, 0, 0, 0]),
        (48, [1, 1, 0, 0, 0]),
        (96, [1, 1, 1, 0, 0]),
        (97, [0, 1, 1, 0, 0]),
        (2049, [0, 0, 0, 0, 0]),
    ],
)
def test_of_sizes(size, expected):
    assert Levels().of_sizes(size).astype(int).tolist() == expected


@pytest.mark.parametrize("canvas", [(128, 128), (320, 640), (800, 1344)])
def test_derived_levels_leave_no_object_out(canvas):
    levels = Levels.for_canvas(canvas)
    sizes = np.geomspace(1e-3, 1e5, 200)
    assert levels.of_sizes(sizes).any(axis=-1).all()
    assert levels.max_levels_per_object <= 3
    unit = 96 * min(canvas) / 800
    assert levels.ranges[1] == pytest.approx((unit / 2, unit * 2))


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


def test_config_comes_back():
    levels = Levels((8, 4), ((0, 30), (20, np.inf)), ("P3", "P4"), 0.3)
    assert Levels.from_config(levels.get_config()) == levels
    assert isinstance(levels.get_config()["ranges"][1][1], str)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (((8, 4), ((0, 1),), ("P2", "P3")), "one range"),
        (((1,), ((0, 1),), ("P2",)), "at least 2"),
        (((8,), ((5, 1),), ("P2",)), "smallest"),
        (((8,), ((0, 1),), ("C2",)), "level name"),
    ],
)
def test_errors(arguments, words):
    with pytest.raises(ValueError, match=words):
        Levels(*arguments)
