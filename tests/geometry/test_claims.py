"""Claims of objects on one level of 4 x 4 cells of 16 px."""

import keras
import numpy as np
import pytest

from keras_solo.geometry import Levels
from keras_solo.geometry.claims import box_areas

LEVELS = Levels((4,), ((0, np.inf),), ("P3",), center_sigma=0.5)
BOTH = pytest.mark.parametrize("xp", [np, keras.ops], ids=["numpy", "keras"])


def claims(boxes, exists=None, xp=np):
    boxes = np.float32(boxes).reshape(-1, 4)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    exists = np.ones(len(boxes), bool) if exists is None else np.array(exists)
    (found,) = LEVELS.claims(boxes, centers, exists, (64, 64), xp)
    return found


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_no_objects():
    found = claims([])
    assert found.members().shape == (0, 16)
    assert (found.owners() == -1).all() and found.owners().shape == (16,)


# The middle half of the first is 12 to 20, both ways: cells 0, 1, 4, 5. The
# second is inside cell 5.
BOXES = [[8, 8, 24, 24], [20, 20, 28, 28]]


@BOTH
def test_members_and_cells_say_the_same(xp):
    found = claims(BOXES, xp=xp)
    members = numpy(found.members(xp))
    assert [np.flatnonzero(row).tolist() for row in members] == [
        [0, 1, 4, 5],
        [5],
    ]
    cells, claimed = map(numpy, found.cells(xp))
    assert cells.shape == claimed.shape == (2, 3, 3)
    for index in range(2):
        want = np.flatnonzero(members[index]).tolist()
        assert cells[index][claimed[index]].tolist() == want


@BOTH
def test_objects_that_do_not_exist_claim_nothing(xp):
    found = claims(BOXES, [False, True], xp)
    assert numpy(found.members(xp)).sum(axis=1).tolist() == [0, 1]


@BOTH
def test_owners(xp):
    last = numpy(claims(BOXES, xp=xp).owners(xp=xp))
    assert last[[0, 1, 4, 5, 6]].tolist() == [0, 0, 0, 1, -1]
    # The other way round the larger one is last; by area it does not own.
    found = claims(BOXES[::-1], xp=xp)
    assert numpy(found.owners(xp=xp))[5] == 1
    areas = xp.array([64.0, 256.0], dtype="float32")
    smallest = numpy(found.owners(areas, xp))
    assert smallest[[0, 1, 4, 5, 6]].tolist() == [1, 1, 1, 0, -1]


@BOTH
def test_of_equal_areas_the_earlier_owns(xp):
    found = claims([BOXES[1], BOXES[1]], xp=xp)
    areas = xp.array([64.0, 64.0], dtype="float32")
    assert numpy(found.owners(areas, xp))[5] == 0


@BOTH
def test_box_areas(xp):
    boxes = xp.array([[0, 1, 2, 4], [3, 3, 1, 5]], dtype="float32")
    assert numpy(box_areas(boxes, xp)).tolist() == [6.0, 0.0]
