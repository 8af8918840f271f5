import dataclasses
import pickle

import numpy as np
import pytest

from keras_solo.data import ObjectAnnotation, Record, ShapesDataset
from keras_solo.data.object_columns import ObjectColumns
from keras_solo.data.packed_records import PackedRecords


def annotation(label, is_crowd=False):
    square = [0.0, 0, 2, 0, 2, 2, 0, 2]
    return ObjectAnnotation(
        label, (0, 0, 2, 2), (square,), 4.0, is_crowd, annotation_id=label
    )


def record(id_, *objects):
    return Record(id_, (4, 6), objects, file_name=f"{id_}.png")


@pytest.fixture
def records():
    return PackedRecords.of(
        [
            record("a", annotation(0), annotation(1)),
            record("b"),
            record("c", annotation(2), annotation(3, True), annotation(4)),
        ]
    )


def labels(records):
    return [[item.label for item in one.objects] for one in records]


def test_none():
    records = PackedRecords.of([])
    assert len(records) == 0 and list(records) == []
    assert records.max_objects() == 0


def test_images_without_objects():
    records = PackedRecords.of([record("a"), record("b")])
    assert labels(records) == [[], []]
    assert records.max_objects() == 0


def test_it_is_a_sequence(records):
    assert labels(records) == [[0, 1], [], [2, 3, 4]]
    assert [one.file_name for one in records] == ["a.png", "b.png", "c.png"]
    assert records[-1].image_id == "c"
    assert labels(records[1:]) == [[], [2, 3, 4]]
    for index in (3, -4):
        with pytest.raises(IndexError):
            records[index]


def test_crowds_do_not_count(records):
    assert records.max_objects() == 2


def test_objects_of_images_in_turns():
    objects = ObjectColumns()
    for label in range(5):
        objects.append(annotation(label, is_crowd=label == 4))
    images = [record("a"), record("b"), record("c")]
    records = PackedRecords(images, objects, [2, 0, 2, 0, 2])
    assert labels(records) == [[1, 3], [], [0, 2, 4]]
    assert records.max_objects() == 2


def test_some_of_them(records):
    chosen = records.chosen([2, 0])
    assert labels(chosen) == [[2, 3, 4], [0, 1]]
    assert len(chosen.objects) == 5


def test_other_labels(records):
    assert labels(records.relabeled([9, 8, 7, 6, 5])) == [[9, 8], [], [7, 6, 5]]
    assert labels(records) == [[0, 1], [], [2, 3, 4]]


def test_what_is_packed_stays(records):
    assert PackedRecords.of(records) is records


def test_it_travels_to_other_processes(records):
    assert labels(pickle.loads(pickle.dumps(records))) == labels(records)


def test_every_fact_of_a_record_stays():
    dataset = ShapesDataset(num_images=2, seed=3)
    packed = PackedRecords.of(dataset)
    for before, after in zip(dataset, packed, strict=True):
        for field in dataclasses.fields(Record):
            if field.name in ("objects", "image"):
                continue
            one, other = (getattr(it, field.name) for it in (before, after))
            assert one is other or one == other, field.name
        assert np.array_equal(after.image, before.image)
        assert after.full_masks().tolist() == before.full_masks().tolist()
