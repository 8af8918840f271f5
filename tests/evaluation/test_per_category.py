"""One category at a time: what evaluators are given, what comes of it."""

import numpy as np
import pytest

from keras_solo.evaluation import per_category
from keras_solo.evaluation.ground_truth import GroundTruth, TrueObject
from keras_solo.evaluation.per_category import accumulated

MASK = {"size": [2, 3], "counts": "06"}
OBJECT = TrueObject(1, "06", (0.0, 0.0, 3.0, 2.0), 6.0, True)
RESULT = {
    "image_id": "a",
    "category_id": 7,
    "segmentation": MASK,
    "bbox": [0, 0, 2, 2],
    "score": 0.5,
}


def ground_truth(**objects):
    """Three images, and as many categories as are told."""
    names = {number: name for number, name in enumerate(objects, start=5)}
    return GroundTruth(
        [(2, 3), (2, 3), (9, 9)],
        {"a": 0, "b": 1, "c": 2},
        names,
        {number: objects[name] for number, name in names.items()},
    )


def measure(truth, results, places, iou_type):
    """What is measured, and what the evaluator was given."""
    given = []

    def evaluator(parts, iou_type, ranges):
        given.append((list(parts), iou_type))
        return {
            "precision": np.full((10, 101, 1, 4, 3), 0.25),
            "recall": np.full((10, 1, 4, 3), 0.5),
        }

    return accumulated(truth, results, places, iou_type, evaluator), given


def test_no_categories():
    (precision, recall), given = measure(ground_truth(), [], {}, "box")
    assert precision.shape == (10, 101, 0, 4, 3)
    assert recall.shape == (10, 0, 4, 3)
    assert not given


def test_a_category_without_annotations_is_not_measured():
    truth = ground_truth(cat=[], dog=[OBJECT])
    places = {5: [0], 6: []}
    (precision, recall), given = measure(truth, [RESULT], places, "mask")
    assert (precision[:, :, 0] == -1).all() and (recall[:, 0] == -1).all()
    assert (precision[:, :, 1] == 0.25).all() and (recall[:, 1] == 0.5).all()
    assert len(given) == 1


def test_evaluators_are_given_one_category():
    """Its images alone, by their place; every id is a number from 1 on."""
    truth = ground_truth(dog=[OBJECT])
    _, given = measure(truth, [{}, RESULT], {5: [1]}, "mask")
    (((images, annotated, found),), iou_type) = given[0]
    assert iou_type == "mask"
    assert images == [
        {"id": 1, "height": 2, "width": 3},
        {"id": 2, "height": 2, "width": 3},
    ]
    same = {"id": 1, "category_id": 1, "area": 6, "segmentation": MASK}
    assert annotated == [{**same, "image_id": 2, "iscrowd": 1}]
    assert found == [{**same, "image_id": 1, "iscrowd": 0, "score": 0.5}]


def test_boxes_have_their_own_areas():
    truth = ground_truth(dog=[OBJECT])
    _, given = measure(truth, [RESULT], {5: [0]}, "box")
    (((_, (annotated,), (found,)),), _) = given[0]
    assert annotated["bbox"] == [0, 0, 3, 2]
    assert (found["bbox"], found["area"]) == ([0, 0, 2, 2], 4)
    assert "segmentation" not in annotated and "segmentation" not in found


@pytest.mark.parametrize("at_once, counts", [(1, [1, 1, 2]), (2, [2, 2])])
def test_in_parts(monkeypatch, at_once, counts):
    monkeypatch.setattr(per_category, "IMAGES_AT_ONCE", at_once)
    results = [{**RESULT, "image_id": image_id} for image_id in "acc"]
    truth = ground_truth(dog=[OBJECT])
    _, ((parts, _),) = measure(truth, results, {5: [0, 1, 2]}, "box")
    assert [len(p.annotated) + len(p.found) for p in parts] == counts
    assert [entry["id"] for part in parts for entry in part.found] == [1, 2, 3]
    images = [image["id"] for part in parts for image in part.images]
    assert images == [1, 2, 3]
