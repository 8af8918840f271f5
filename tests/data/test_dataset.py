import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from keras_solo.data import (
    ImageError,
    InstanceDataset,
    ObjectAnnotation,
    Record,
)
from keras_solo.geometry import Intensity, Letterbox

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


def test_class_names_and_ids_must_fit():
    class Wrong(Few):
        def __init__(self):
            InstanceDataset.__init__(self, ["cat"], [1, 2])

    with pytest.raises(ValueError, match="1 different integers"):
        Wrong()


def test_ids_of_numpy_become_json():
    class Blank(InstanceDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            image = np.zeros((4, 6, 3), np.uint8)
            return Record(np.int64(5), (4, 6), (thing(),), image=image)

    content = json.loads(json.dumps(Blank(["cat"], np.array([7])).to_coco()))
    assert content["images"][0]["id"] == 5
    assert content["annotations"][0]["image_id"] == 5
    assert content["categories"] == [{"id": 7, "name": "cat"}]
    for ids in ([1.5], ["7"]):
        with pytest.raises(ValueError, match="integers"):
            Blank(["cat"], ids)
    with pytest.raises(ValueError, match="2 different integers"):
        Blank(["cat", "dog"], [7, 7])


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


def test_with_objects():
    dataset = few(0, 2, 1)
    assert [record.image_id for record in dataset.with_objects()] == [11, 12]
    part = dataset.with_objects(max_objects=1, min_object_size=2.0)
    assert [record.image_id for record in part] == [12]
    assert len(dataset.with_objects(min_object_size=2.1)) == 0
    canvas = Letterbox((64, 64))
    assert len(dataset.with_objects(min_object_size=21, letterbox=canvas)) == 2
    assert len(dataset.with_objects(min_object_size=22, letterbox=canvas)) == 0


# === The classes of a model ===


def cat_and_dog():
    return Few([Record(5, (4, 6), (thing(0), thing(1)))])


def test_the_same_classes():
    dataset = cat_and_dog()
    assert dataset.with_classes(["cat", "dog"]) is dataset


def test_classes_in_another_order():
    found = cat_and_dog().with_classes(["dog", "cat"])
    assert found.class_names == ("dog", "cat")
    assert found.category_ids == (7, 3)
    assert [item.label for item in found[0].objects] == [1, 0]
    assert len(found) == 1
    old = cat_and_dog().to_coco()["annotations"]
    assert found.to_coco()["annotations"] == old


def test_classes_left_out_and_missing():
    with pytest.warns(UserWarning) as caught:
        found = cat_and_dog().with_classes(["bird", "dog"])
    assert [str(warning.message) for warning in caught] == [
        "left out the objects of other classes: cat.",
        "there is no object of these classes: bird.",
    ]
    assert {warning.filename for warning in caught} == {__file__}
    assert found.category_ids == (8, 7)
    assert [item.label for item in found[0].objects] == [1]


def test_a_class_that_is_misspelt():
    with pytest.warns(UserWarning, match="classes: doge. Did you mean dog?"):
        cat_and_dog().with_classes(["cat", "dog", "doge"])


def test_classes_that_are_no_list_of_different_names():
    with pytest.raises(ValueError, match="list of names"):
        cat_and_dog().with_classes("cat")
    with pytest.raises(ValueError, match="different class names"):
        cat_and_dog().with_classes(["cat", "dog", "cat"])


def test_no_class_in_common():
    with pytest.raises(ValueError, match="classes bird. Received: .* cat, dog"):
        cat_and_dog().with_classes(["bird"])
    with pytest.raises(ValueError, match="and 2 more"):
        cat_and_dog().with_classes([f"bird {i}" for i in range(10)])


# === Damaged images ===


@pytest.fixture
def damaged(tmp_path):
    records = []
    for number in range(3):
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), np.zeros((4, 6, 3), np.uint8))
        records.append(Record(number, (4, 6), image_path=path))
    path = records[1].image_path
    path.write_bytes(path.read_bytes()[:-20])
    return Few(records)


def test_check_images(damaged):
    with pytest.raises(ImageError, match=r"1\.png: the image is truncated"):
        damaged.check_images()
    with pytest.warns(UserWarning, match=r"left out 1 damaged .*1\.png"):
        found = damaged.check_images(on_error="skip")
    assert [record.image_id for record in found] == [0, 2]
    assert found.check_images() is found
    with pytest.raises(ValueError, match='"raise" or "skip"'):
        damaged.check_images("ignore")


def test_check_images_as_a_model_scales_them(tmp_path):
    path = tmp_path / "a.tif"
    cv2.imwrite(str(path), np.zeros((4, 6), np.float32))
    dataset = Few([Record(1, (4, 6), image_path=path)])
    with pytest.raises(ImageError, match="float32"):
        dataset.check_images()
    by_percentiles = Intensity("percentiles")
    assert dataset.check_images(intensity=by_percentiles) is dataset
