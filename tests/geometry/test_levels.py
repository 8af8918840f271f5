import numpy as np
import pytest

from keras_solo.geometry import Levels


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


def claimed(levels, boxes, canvas):
    """Cells of each level that answer for each box around its middle."""
    boxes = np.float32(boxes)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    exists = np.ones(len(boxes), bool)
    for claims in levels.claims(boxes, centers, exists, canvas):
        cells, which = claims.cells()
        yield [
            cell[one].tolist() for cell, one in zip(cells, which, strict=True)
        ]


def test_claims_of_no_objects():
    empty = np.zeros((0, 4)), np.zeros((0, 2)), np.zeros(0, bool)
    for claims in Levels().claims(*empty, (800, 1344)):
        assert claims.lives.shape == (0,)


def test_claims():
    levels = Levels((4, 2), ((0, 32), (24, np.inf)), ("P3", "P4"))
    # 8 px live on the fine level, 28 px on both, 40 px on the coarse one,
    # whose middle fifth touches all four cells.
    boxes = [[20, 36, 28, 44], [10, 26, 38, 54], [12, 12, 52, 52]]
    assert list(claimed(levels, boxes, (64, 64))) == [
        [[9], [9], []],
        [[], [2], [0, 1, 2, 3]],
    ]


def test_claims_on_a_canvas_that_is_no_square():
    levels = Levels((4,), ((0, np.inf),), ("P3",))
    # Cells of 16 x 32 px: x = 40 is column 1, y = 40 row 2.
    ((cells,),) = claimed(levels, [[36, 36, 44, 44]], (64, 128))
    assert cells == [9]


def test_at_most_nine_cells():
    everything = [[0, 0, 64, 64]]
    for sigma, want in ((1.0, 9), (0.2, 4)):
        levels = Levels((8,), ((0, np.inf),), ("P3",), sigma)
        ((cells,),) = claimed(levels, everything, (64, 64))
        assert len(cells) == want
    assert cells == [27, 28, 35, 36]


def test_locate():
    levels = Levels((4, 2), ((0, 32), (24, np.inf)), ("P3", "P4"))
    level, cell = levels.locate([0, 15, 16, 19, -1])
    assert level.tolist() == [0, 0, 1, 1, -1]
    assert cell.tolist() == [0, 15, 0, 3, -1]
    assert levels.locate([])[0].shape == (0,)


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
