import numpy as np
import pytest
from pycocotools.coco import COCO

from keras_solo.data import (
    ImageError,
    InstanceDataset,
    ObjectAnnotation,
    Record,
)

SQUARE = ([0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 0.0, 2.0],)


def thing(label=0, area=4.0, crowd=False, id_=0):
    return ObjectAnnotation(label, (0, 0, 2, 2), SQUARE, area, crowd, id_)


class Few(InstanceDataset):
    def __init__(self, records):
        super().__init__(["cat", "dog"], [3, 7])
        self.records = records

    def __len__(self):
        return len(self.records)

    def __getitem__(self, index):
        return self.records[index]


def few(*counts):
    return Few(
        [
            Record(
                image_id=10 + i,
                original_size=(4, 6),
                objects=tuple(thing() for _ in range(count)),
                image=np.zeros((4, 6, 3), np.uint8),
            )
            for i, count in enumerate(counts)
        ]
    )


def test_an_empty_dataset():
    dataset = few()
    assert dataset.max_objects() == 0
    assert dataset.to_coco()["images"] == []
    assert len(dataset.subset(lambda record: True)) == 0
    assert "0 objects in 0 images" in str(dataset.suggest_levels((64, 64)))


def test_a_record_without_objects():
    record = few(0)[0]
    assert record.full_masks().shape == (0, 4, 6)
    assert record.load_image().shape == (4, 6, 3)


def test_crowds_are_no_instances():
    record = Record(1, (4, 6), (thing(), thing(crowd=True)))
    assert len(record.objects) == 2
    assert len(record.instances) == 1
    masks = record.full_masks()
    assert masks.shape == (1, 4, 6)
    assert masks.sum() == 4
    assert masks.dtype == np.uint8


def test_a_record_without_an_image():
    with pytest.raises(ImageError, match="neither an image nor a path"):
        Record(1, (4, 6)).load_image()


def test_class_names_and_ids_must_fit():
    class Wrong(Few):
        def __init__(self):
            InstanceDataset.__init__(self, ["cat"], [1, 2])

    with pytest.raises(ValueError, match="one category id for each"):
        Wrong()


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ([], []),
        ([2, 0], [12, 10]),
        ([-1], [12]),
        (range(2), [10, 11]),
        (slice(1, None), [11, 12]),
        (np.array([True, False, True]), [10, 12]),
        (lambda record: len(record.objects) > 1, [11]),
    ],
)
def test_subset(selection, expected):
    part = few(0, 2, 1).subset(selection)
    assert [record.image_id for record in part] == expected
    assert part.class_names == ("cat", "dog")
    assert part.category_ids == (3, 7)


def test_subset_refuses():
    with pytest.raises(IndexError, match="one of 3 images. Received: 3"):
        few(0, 2, 1).subset([3])
    with pytest.raises(ValueError, match="Expected 3 booleans"):
        few(0, 2, 1).subset([True])


def test_subset_of_a_subset():
    part = few(0, 2, 1).subset([2, 1]).subset([1])
    assert part[0].image_id == 11


def test_to_coco_can_be_read_by_pycocotools():
    records = [
        Record(5, (4, 6), (thing(1, id_=8), thing(0, crowd=True, id_=9)))
    ]
    coco = COCO()
    coco.dataset = Few(records).to_coco()
    coco.createIndex()
    assert [item["id"] for item in coco.loadCats(coco.getCatIds())] == [3, 7]
    first, second = coco.loadAnns([8, 9])
    assert first["category_id"] == 7
    assert first["bbox"] == [0, 0, 2, 2]
    assert (first["iscrowd"], second["iscrowd"]) == (0, 1)
    assert coco.annToMask(first).sum() == 4


def test_to_coco_counts_ids_that_pycocotools_cannot_use():
    """It takes id 0 for "no match"."""
    annotations = few(2, 1).to_coco()["annotations"]
    assert [item["id"] for item in annotations] == [1, 2, 3]


def test_to_coco_writes_a_repeated_image_once():
    coco = few(2, 1).subset([1, 0, 1]).to_coco()
    assert [image["id"] for image in coco["images"]] == [11, 10]
    assert len(coco["annotations"]) == 3
