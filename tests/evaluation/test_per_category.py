"""One category at a time: what evaluators are given, what comes of it."""

import numpy as np

from keras_solo.evaluation.ground_truth import GroundTruth, TrueObject
from keras_solo.evaluation.per_category import accumulated

MASK = {"size": [2, 3], "counts": "06"}
OBJECT = TrueObject("b", MASK, (0.0, 0.0, 3.0, 2.0), 6.0, True)
RESULT = {
    "image_id": "a",
    "category_id": 7,
    "segmentation": MASK,
    "bbox": [0, 0, 2, 2],
    "score": 0.5,
}
SIZES = {"a": (2, 3), "b": (2, 3), "c": (9, 9)}


def measure(truth, results, places, iou_type, value=0.25):
    """What is measured, and what the evaluator was given."""
    given = []

    def evaluator(*arguments):
        given.append(arguments)
        return {
            "precision": np.full((10, 101, 1, 4, 3), value),
            "recall": np.full((10, 1, 4, 3), 2 * value),
        }

    return accumulated(truth, results, places, iou_type, evaluator), given


def test_no_categories():
    (precision, recall), given = measure(GroundTruth({}, {}, {}), [], {}, "box")
    assert precision.shape == (10, 101, 0, 4, 3)
    assert recall.shape == (10, 0, 4, 3)
    assert not given


def test_a_category_without_annotations_is_not_measured():
    truth = GroundTruth(SIZES, {5: "cat", 7: "dog"}, {5: [], 7: [OBJECT]})
    places = {5: [0], 7: []}
    (precision, recall), given = measure(truth, [RESULT], places, "mask")
    assert (precision[:, :, 0] == -1).all() and (recall[:, 0] == -1).all()
    assert (precision[:, :, 1] == 0.25).all() and (recall[:, 1] == 0.5).all()
    assert len(given) == 1


def test_evaluators_are_given_one_category():
    """Its images alone, by their place; every id is a number from 1 on."""
    truth = GroundTruth(SIZES, {7: "dog"}, {7: [OBJECT]})
    _, ((first, second, iou_type),) = measure(
        truth, [{}, RESULT], {7: [1]}, "mask"
    )
    assert iou_type == "mask"
    for content in (first, second):
        assert content["images"] == [
            {"id": 1, "height": 2, "width": 3},
            {"id": 2, "height": 2, "width": 3},
        ]
        assert [c["id"] for c in content["categories"]] == [1]
    ids = {"id": 1, "category_id": 1}
    assert first["annotations"] == [
        {**ids, "image_id": 2, "iscrowd": 1, "area": 6, "segmentation": MASK}
    ]
    assert second["annotations"] == [
        {
            **ids,
            "image_id": 1,
            "iscrowd": 0,
            "score": 0.5,
            "area": 6,
            "segmentation": MASK,
        }
    ]


def test_boxes_have_their_own_areas():
    truth = GroundTruth(SIZES, {7: "dog"}, {7: [OBJECT]})
    _, ((first, second, _),) = measure(truth, [RESULT], {7: [0]}, "box")
    (annotated,), (found,) = first["annotations"], second["annotations"]
    assert annotated["bbox"] == [0, 0, 3, 2]
    assert (found["bbox"], found["area"]) == ([0, 0, 2, 2], 4)
    assert "segmentation" not in annotated and "segmentation" not in found
