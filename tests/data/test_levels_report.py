import numpy as np

from keras_solo.data import Record
from keras_solo.data.levels_report import count_objects, report_levels
from keras_solo.data.object_table import CanvasObjects
from keras_solo.geometry import Levels
from tests.data.squares import square


def report(*objects):
    records = [Record(1, (64, 64), objects)]
    return report_levels(records, (64, 64), grid_sizes=(8, 4))


def test_no_objects():
    found = report()
    assert found.objects == (0, 0)
    assert (found.hidden, found.unassigned) == (0, 0)
    assert "0 objects in 1 images" in str(found)


def test_one_small_object_lives_on_the_finest_level():
    found = report(square(8, 8, 4))
    assert found.objects == (1, 1) or found.objects == (1, 0)
    assert found.collisions == (0, 0)


def test_two_objects_in_one_cell():
    found = report(square(17, 17, 3), square(19, 19, 3))
    assert found.collisions[0] == 1
    assert found.hidden == 1


def test_an_object_without_pixels_is_unassigned():
    found = report(square(17.4, 17.4, 0.05))
    assert found.unassigned == 1
    assert found.num_objects == 1


def test_it_prints_one_line_a_level():
    lines = str(report(square(8, 8, 4))).splitlines()
    assert [line[:2] for line in lines[2:4]] == ["P2", "P3"]


def test_no_images():
    found = report_levels([], (64, 64))
    assert (found.num_images, found.num_objects) == (0, 0)
    assert found.collisions == (0,) * 5


def test_which_objects():
    """The first two share a cell, the third has no pixel, the fourth is far."""
    boxes = np.array(
        [[17, 17, 20, 20], [19, 19, 22, 22], [1, 1, 2, 2], [50, 50, 54, 54]],
        np.float64,
    )
    objects = CanvasObjects(
        np.zeros(4, np.int64),
        boxes,
        boxes.reshape(4, 2, 2).mean(axis=1),
        np.array([9.0, 9.0, 0.0, 16.0]),
        1,
    )
    levels = Levels((8,), ((0, np.inf),), ("P3",))
    found = count_objects(objects, (64, 64), levels)
    assert found.hidden.tolist() == [True, False, False, False]
    assert found.unassigned.tolist() == [False, False, True, False]
    assert found.sharing.tolist() == [True, True, False, False]


def test_objects_of_different_images_share_nothing():
    records = [Record(n, (64, 64), (square(17, 17, 3),)) for n in range(2)]
    found = report_levels(records, (64, 64), grid_sizes=(8, 4))
    assert found.hidden == 0 and found.collisions == (0, 0)
    assert (found.num_images, found.num_objects) == (2, 2)


def test_the_same_as_cell_by_cell():
    """`Claims.owners` and `Claims.members` say the same, image by image."""
    rng = np.random.default_rng(3)
    low = rng.uniform(0, 100, (60, 2))
    boxes = np.concatenate([low, low + rng.uniform(1, 60, (60, 2))], axis=1)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    image = np.sort(rng.integers(0, 3, 60))
    areas = rng.integers(0, 5, 60).astype(float)
    levels = Levels.for_canvas((128, 128), (12, 8, 4))
    found = count_objects(
        CanvasObjects(image, boxes, centers, areas, 3), (128, 128), levels
    )
    hidden, collisions = [], np.zeros(3, int)
    for one in range(3):
        of = image == one
        claims = levels.claims(
            boxes[of], centers[of], areas[of] > 0, (128, 128)
        )
        owners = {i for level in claims for i in level.owners().tolist()}
        alive = np.any([level.lives for level in claims], axis=0)
        hidden += [
            bool(lives) and i not in owners for i, lives in enumerate(alive)
        ]
        collisions += [(c.members().sum(axis=0) > 1).sum() for c in claims]
    assert any(hidden)
    assert found.hidden.tolist() == hidden
    assert found.collisions == tuple(collisions.tolist())
