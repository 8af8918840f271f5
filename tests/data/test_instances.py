"""Instances: filtered like an array, in the formats of other people."""

import copy
import dataclasses
import json
import pickle
import sys
import types

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.instances import Instances
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.visualization import Picture, draw_instances


def three():
    """A cat of 2 x 3 px, a dog of 1 px, and a cat that vanished."""
    masks = np.zeros((3, 4, 6), bool)
    masks[0, 1:3, 2:5] = True
    masks[1, 0, 0] = True
    return Instances(
        masks,
        labels=[0, 1, 0],
        scores=[0.9, 0.6, 0.2],
        class_names=["cat", "dog"],
        category_ids=[17, 18],
    )


# === None at all ===


@pytest.mark.parametrize("masks", [np.zeros((0, 4, 6), bool), []])
def test_empty(masks):
    instances = Instances(masks, labels=[], original_size=(4, 6))
    assert len(instances) == 0
    assert instances.masks.shape == (0, 4, 6)
    assert instances.boxes.shape == (0, 4)
    assert instances.names == []
    assert instances.areas.tolist() == []
    assert instances.to_coco(1, category_ids=[]) == []
    assert instances.to_polygons() == []
    assert len(instances[instances.scores > 0.5]) == 0
    assert len(instances[[]]) == 0
    assert list(instances) == []
    assert repr(instances) == "Instances(0; image 4 x 6)"
    assert instances.plot().size == (320, 480)


# === Facts ===


def test_boxes_are_tight_and_exclusive():
    assert three().boxes.tolist() == [
        [2, 1, 5, 3],
        [0, 0, 1, 1],
        [0, 0, 0, 0],
    ]


def test_types_and_names():
    instances = three()
    assert instances.masks.dtype == bool
    assert instances.labels.dtype == np.int32
    assert instances.scores.dtype == np.float32
    assert instances.boxes.dtype == np.float32
    assert instances.names == ["cat", "dog", "cat"]
    assert instances.original_size == (4, 6)
    assert instances.areas.tolist() == [6, 1, 0]


def test_without_names_and_scores():
    instances = Instances(np.ones((1, 2, 2), np.uint8), labels=[3])
    assert instances.names == ["3"]
    assert instances.scores.tolist() == [1.0]
    with pytest.raises(ValueError, match="pass category_ids="):
        instances.to_coco(5)
    (result,) = instances.to_coco(5, category_ids=range(10, 14))
    assert result["category_id"] == 13


def test_names_that_are_no_text():
    mask = np.ones((1, 4, 6), bool)
    odd = Instances(mask, labels=[0], class_names=["\udcff\n" + "x" * 300])
    assert repr(odd) == (
        r"Instances(1: \udcff\n" + "x" * 29 + "... 1.00; image 4 x 6)"
    )


def test_repr_is_short():
    assert repr(three()) == (
        "Instances(3: cat 0.90, dog 0.60, cat 0.20; image 4 x 6)"
    )
    many = Instances(np.ones((9, 2, 2), bool), labels=[0] * 9)
    assert repr(many).count("0 1.00") == 5
    assert "..." in repr(many)


# === Filtering ===


@pytest.mark.parametrize(
    "index, expected",
    [
        (np.array([True, False, True]), ["cat", "cat"]),
        ([False, True, False], ["dog"]),
        (np.array([2, 1]), ["cat", "dog"]),
        ([1, 1], ["dog", "dog"]),
        (slice(0, 2), ["cat", "dog"]),
        (slice(None, None, -1), ["cat", "dog", "cat"]),
        (1, ["dog"]),
        (-2, ["dog"]),
        (np.int64(1), ["dog"]),
    ],
)
def test_index(index, expected):
    chosen = three()[index]
    assert chosen.names == expected
    assert chosen.masks.shape == (len(expected), 4, 6)
    assert chosen.boxes.shape == (len(expected), 4)
    assert chosen.category_ids == (17, 18)


def test_the_users_line():
    instances = three()
    instances = instances[instances.scores > 0.5]
    assert instances.names == ["cat", "dog"]
    assert np.allclose(instances.scores, [0.9, 0.6])


def test_given_boxes_stay_with_their_masks():
    boxes = np.arange(12).reshape(3, 4)
    instances = Instances(np.ones((3, 4, 6), bool), [0, 0, 0], boxes=boxes)
    assert instances[[2, 0]].boxes.tolist() == boxes[[2, 0]].tolist()


def test_iteration_gives_instances_of_one():
    assert [len(one) for one in three()] == [1, 1, 1]
    assert [one.names[0] for one in three()] == ["cat", "dog", "cat"]


@pytest.mark.parametrize(
    "index",
    [
        [True, False],
        True,
        3,
        -4,
        [0.5],
        np.zeros((3, 3), bool),
        (0, 1.5),
    ],
)
def test_wrong_index(index):
    with pytest.raises(IndexError):
        three()[index]


# === COCO ===


def test_to_coco_is_json_and_decodes_to_the_mask():
    results = json.loads(json.dumps(three().to_coco(image_id=42)))
    assert [r["category_id"] for r in results] == [17, 18, 17]
    assert [r["image_id"] for r in results] == [42, 42, 42]
    assert results[0]["bbox"] == [2, 1, 3, 2]
    assert results[0]["score"] == pytest.approx(0.9)
    for result, mask in zip(results, three().masks, strict=True):
        decoded = coco_mask.decode(result["segmentation"])
        assert (decoded == mask).all()


def test_to_coco_with_other_ids():
    results = three().to_coco(1, category_ids=[5, 6])
    assert [r["category_id"] for r in results] == [5, 6, 5]
    with pytest.raises(ValueError, match="labels below 1"):
        three().to_coco(1, category_ids=[5])


# === Polygons ===


def test_polygons_of_each_mask():
    instances = three()
    parts = instances.to_polygons()
    assert [len(polygons) for polygons in parts] == [1, 1, 0]
    assert sorted(parts[1][0].tolist()) == [[0, 0], [0, 1], [1, 0], [1, 1]]
    with pytest.raises(ValueError, match="tolerance"):
        instances.to_polygons(tolerance=-1)


# === Other formats ===


def test_to_supervision(monkeypatch):
    fake = types.ModuleType("supervision")
    fake.Detections = lambda **fields: fields
    monkeypatch.setitem(sys.modules, "supervision", fake)
    fields = three().to_supervision()
    assert fields["xyxy"].shape == (3, 4)
    assert fields["mask"].shape == (3, 4, 6)
    assert fields["class_id"].tolist() == [0, 1, 0]
    assert fields["data"]["class_name"].tolist() == ["cat", "dog", "cat"]


def test_to_supervision_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(ImportError, match="pip install supervision"):
        three().to_supervision()


def test_plot_saves(tmp_path):
    instances = Instances(
        np.ones((1, 4, 6), bool),
        labels=[0],
        image=np.full((4, 6, 3), 200, np.uint8),
    )
    instances.plot(boxes=True).save(tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 0
    kept = instances[[]].plot(scale=1)
    assert (np.asarray(kept) == 200).all()


# === In little memory ===


def test_masks_are_made_anew():
    instances = three()
    instances.masks[:] = False
    assert instances.areas.tolist() == [6, 1, 0]
    given = np.ones((1, 2, 2), bool)
    kept = Instances(given, [0])
    given[:] = False
    assert kept.masks.all()


def same(one, other):
    assert (
        repr(one) == repr(other) and one.boxes.tolist() == other.boxes.tolist()
    )
    assert one.category_ids == other.category_ids
    np.testing.assert_array_equal(one.masks, other.masks)


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        dataclasses.replace,
        lambda instances: pickle.loads(pickle.dumps(instances)),
        lambda instances: Instances(**vars(instances)),
    ],
)
def test_copies(copied):
    same(copied(three()), three())


def test_replaced_masks_count():
    masks = np.zeros((3, 4, 6), bool)
    masks[:, 0, 0] = True
    other = dataclasses.replace(three(), masks=masks)
    assert other.areas.tolist() == [1, 1, 1]
    assert other.boxes.tolist() == three().boxes.tolist()


def test_compact_masks_as_they_are():
    compact = CompactMasks.from_dense(three().masks)
    instances = Instances(compact_masks=compact, labels=[0, 1, 0])
    assert instances.compact_masks is compact
    assert instances.original_size == (4, 6)
    assert instances.boxes.tolist() == three().boxes.tolist()
    assert instances[1:].compact_masks.runs[0] is compact.runs[1]


@pytest.mark.parametrize(
    "work",
    [
        lambda instances: instances[::2],
        lambda instances: instances.areas,
        lambda instances: instances.to_coco(1),
        lambda instances: instances.to_polygons(1.0),
        lambda instances: instances.to_polygons(1.0, holes=True),
        lambda instances: instances.to_yolo(),
        lambda instances: Instances.from_json(instances.to_json()),
        lambda instances: Instances.from_coco(instances.to_coco(1), (4, 6)),
        lambda instances: Instances.from_label_map(instances.to_label_map()),
        lambda instances: instances["cat"].centers,
        lambda instances: instances.crops(np.zeros((4, 6, 3), np.uint8)),
        lambda instances: instances.plot(boxes=True),
        lambda instances: dataclasses.replace(instances, scores=None),
        lambda instances: copy.deepcopy(instances),
        lambda instances: pickle.dumps(instances),
        list,
        repr,
    ],
)
def test_no_dense_masks_but_when_asked_for(monkeypatch, work):
    instances = three()
    monkeypatch.delattr(CompactMasks, "to_dense")
    work(instances)


def test_a_picture_is_that_of_the_dense_masks():
    masks = np.random.default_rng(0).random((4, 50, 60)) > 0.5
    masks[1, 10:], masks[2] = False, False
    labels, scores = [0, 1, 2, 1], np.float32([0.25, 0.5, 0.75, 1])
    image = np.zeros((50, 60, 3), np.uint8)
    found = Instances(masks, labels, scores).plot()
    want = draw_instances(image, masks, labels, scores)
    np.testing.assert_array_equal(found.array, want.array)
    # Scores that are all 1, as those of annotations, are not written.
    truth = Instances(masks, labels).plot()
    want = draw_instances(image, masks, labels)
    np.testing.assert_array_equal(truth.array, want.array)


# === The door ===


def test_it_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        three().labels = np.zeros(3)
    other = dataclasses.replace(three(), class_names=["a", "b"])
    assert other.names == ["a", "b", "a"]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"masks": np.ones((4, 6), bool)}, r"\(n, height, width\)"),
        ({"masks": np.full((2, 4, 6), 0.7)}, "threshold"),
        ({"original_size": (4, 5)}, "original_size"),
        ({"labels": [0]}, "one label a mask"),
        ({"labels": [0.0, 1.0]}, "integer labels"),
        ({"labels": [0, -1]}, "padding"),
        ({"labels": [0, 2]}, "below 2"),
        ({"scores": [0.5]}, "scores of shape"),
        ({"boxes": np.zeros((2, 5))}, "boxes of shape"),
        ({"category_ids": [1]}, "category_ids"),
        ({"category_ids": [1.5, 2]}, "integers as category_ids"),
        ({"image": np.zeros((3, 3, 3))}, "image of the masks' size"),
    ],
)
def test_wrong_arguments(change, message):
    arguments = {
        "masks": np.ones((2, 4, 6), bool),
        "labels": [0, 1],
        "class_names": ["cat", "dog"],
    }
    with pytest.raises(ValueError, match=message):
        Instances(**{**arguments, **change})


def test_an_image_id_of_numpy_becomes_json():
    results = three().to_coco(np.int64(4), category_ids=np.array([5, 6]))
    assert json.loads(json.dumps(results))[0]["image_id"] == 4


# === Holes ===


def test_polygons_with_holes():
    masks = np.ones((3, 7, 9), bool)
    masks[0, 2:5, 3:6] = masks[2] = False
    instances = Instances(masks, [0, 0, 0])
    for tolerance in (0, 1.5):
        [ring], [whole], nothing = instances.to_polygons(tolerance, holes=True)
        assert nothing == [] and whole.holes == []
        assert ring.outer.tolist() == whole.outer.tolist()
        assert ring.holes[0].min(axis=0).tolist() == [3, 2]
        assert ring.outer.dtype == ring.holes[0].dtype == np.float32
    assert instances.to_polygons()[0][0].tolist() == ring.outer.tolist()
    for wrong in (-1, np.inf, np.nan):
        with pytest.raises(ValueError, match="tolerance"):
            instances.to_polygons(wrong, holes=True)


# === Annotations ===


def record(**fields):
    square = [[1, 1, 3, 1, 3, 3, 1, 3]]
    objects = (
        ObjectAnnotation(1, (1, 1, 4, 3), square, 4.0),
        ObjectAnnotation(0, (0, 0, 6, 4), square, 24.0, is_crowd=True),
    )
    return Record(7, (4, 6), objects, **fields)


def test_from_a_record():
    none = Instances.from_record(Record(1, (4, 6)), ["cat"])
    assert len(none) == 0 and none.original_size == (4, 6)
    truth = Instances.from_record(record(), ["cat", "dog"], [17, 18])
    assert repr(truth) == "Instances(1: dog 1.00; image 4 x 6)"
    assert truth.boxes.tolist() == [[1, 1, 3, 3]], "as those of a model"
    assert truth.category_ids == (17, 18) and truth.image is None
    both = Instances.from_record(record(), crowds=True)
    assert both.labels.tolist() == [1, 0]


def test_the_image_of_a_record(tmp_path):
    image = np.full((4, 6, 3), 200, np.uint8)
    kept = Instances.from_record(record(image=image))
    np.testing.assert_array_equal(kept.image, image)
    path = tmp_path / "a.png"
    Picture(image).save(path)
    read = Instances.from_record(record(image_path=path), load_image=True)
    np.testing.assert_array_equal(read.image, image)
    assert Instances.from_record(record(image_path=path)).image is None
    other = Instances.from_record(record(image=image), image=image // 2)
    assert (other.image == 100).all()


# === Label maps and crops ===


def test_label_map_there_and_back(tmp_path):
    instances = three()
    ids = instances.to_label_map()
    assert ids.dtype == np.uint16 and ids.max() == 2
    instances.save_label_map(tmp_path / "a.png")
    options = {"class_names": ["cat", "dog"], "category_ids": [17, 18]}
    for given in (ids, str(tmp_path / "a.png"), tmp_path / "a.png"):
        found = Instances.from_label_map(
            given, instances.labels, instances.scores, **options
        )
        same(found, instances[:2])
    image = np.ones((4, 6, 3), np.uint8)
    assert Instances.from_label_map(ids, image=image).image is not None


def test_crops():
    instances = three()
    with pytest.raises(ValueError, match="Expected crops"):
        instances.crops()
    with pytest.raises(ValueError, match="image of the masks' size"):
        instances.crops(np.zeros((3, 3, 3), np.uint8))
    image = np.arange(72, dtype=np.uint8).reshape(4, 6, 3)
    kept = dataclasses.replace(instances, image=image)
    with pytest.raises(ValueError, match="margin of at least 0"):
        kept.crops(margin=-1)
    for crops in (instances.crops(image), kept.crops()):
        assert [one.shape for one in crops] == [(2, 3, 3), (1, 1, 3), (0, 0, 3)]
        np.testing.assert_array_equal(crops[0], image[1:3, 2:5])
    assert kept.crops(margin=1, masked=True)[1].shape == (2, 2, 4)
