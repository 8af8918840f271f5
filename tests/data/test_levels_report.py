from keras_solo.data import ObjectAnnotation, Record
from keras_solo.data.levels_report import report_levels


def square(x, y, side):
    box = (x, y, x + side, y + side)
    polygon = [x, y, x + side, y, x + side, y + side, x, y + side]
    return ObjectAnnotation(0, box, (polygon,), side * side)


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
