import numpy as np
import pytest

from keras_solo.data import ObjectAnnotation
from keras_solo.data.object_columns import ObjectColumns

SQUARE = np.array([0.0, 0, 2, 0, 2, 2, 0, 2])
TRIANGLE = np.array([5.1, 5, 7, 5, 7, 7.3])
RUNS = {"size": [2, 2], "counts": "04"}


def annotation(segmentation=(SQUARE,), id_=7, **changes):
    facts = {"label": 3, "bbox": (0.5, 1.0, 2.0, 3.25), "area": 4.5}
    return ObjectAnnotation(
        **facts, segmentation=segmentation, annotation_id=id_, **changes
    )


def packed(*items):
    columns = ObjectColumns()
    for item in items:
        columns.append(item)
    return columns


def test_none():
    assert len(ObjectColumns()) == 0
    with pytest.raises(IndexError):
        ObjectColumns()[0]


def test_facts_come_back():
    columns = packed(annotation(), annotation(is_crowd=True))
    first, second = columns[0], columns[1]
    assert first.label == 3
    assert first.bbox == (0.5, 1.0, 2.0, 3.25)
    assert first.area == 4.5
    assert first.annotation_id == 7
    assert (first.is_crowd, second.is_crowd) == (False, True)


def test_polygons_come_back():
    columns = packed(
        annotation(()),
        annotation((SQUARE,)),
        annotation((TRIANGLE, SQUARE)),
        annotation((TRIANGLE,)),
    )
    found = [
        [part.tolist() for part in columns[number].segmentation]
        for number in range(4)
    ]
    square, triangle = SQUARE.tolist(), TRIANGLE.tolist()
    assert found == [[], [square], [triangle, square], [triangle]]
    assert columns[1].segmentation[0].dtype == np.float64


def test_run_lengths_come_back_between_polygons():
    columns = packed(annotation(), annotation(RUNS), annotation((TRIANGLE,)))
    assert columns[1].segmentation is RUNS
    assert columns[2].segmentation[0].tolist() == TRIANGLE.tolist()


@pytest.mark.parametrize("id_", [0, -5, 2**63 - 1, 2**80, -(2**70), "a", True])
def test_ids_of_any_kind(id_):
    columns = packed(annotation(id_=1), annotation(id_=id_), annotation(id_=3))
    assert [columns[n].annotation_id for n in range(3)] == [1, id_, 3]
    assert type(columns[1].annotation_id) is type(id_)


def test_it_takes_little_memory():
    tracemalloc = pytest.importorskip("tracemalloc")
    points = np.arange(50.0)
    tracemalloc.start()
    columns = packed(*(annotation((points,), n) for n in range(2000)))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # 25 points are 400 bytes.
    assert held / len(columns) < 600
