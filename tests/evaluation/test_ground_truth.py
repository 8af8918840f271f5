"""A ground truth: what is read, what is made up, what is refused."""

import copy

import pytest

from keras_solo.evaluation.ground_truth import checked_truth

MASK = {"size": [2, 3], "counts": "06"}
TRUTH = {
    "images": [
        {"id": 8, "height": 4, "width": 5},
        {"id": 4, "height": 2, "width": 3},
    ],
    "categories": [{"id": 9, "name": "dog"}, {"id": 2}],
    "annotations": [
        {"image_id": 4, "category_id": 9, "segmentation": MASK},
        {
            "id": 0,
            "image_id": 8,
            "category_id": 9,
            "segmentation": [[0, 0, 2, 0, 2, 2, 0, 2]],
            "bbox": [0, 0, 1, 2],
            "area": 3,
            "iscrowd": 1,
        },
    ],
}


def test_nothing():
    truth = checked_truth({"images": [], "annotations": [], "categories": []})
    assert truth == ([], {}, {}, {})


def test_in_the_order_of_ids():
    truth = checked_truth(TRUTH)
    assert truth.sizes == [(2, 3), (4, 5)]
    assert list(truth.places.items()) == [(4, 0), (8, 1)]
    assert list(truth.category_names.items()) == [(2, "2"), (9, "dog")]
    mixed = copy.deepcopy(TRUTH)
    mixed["images"] += [{"id": name, "height": 1, "width": 1} for name in "ba"]
    assert list(checked_truth(mixed).places) == [4, 8, "a", "b"]
    mixed["annotations"].reverse()
    assert [item.image for item in checked_truth(mixed).objects[9]] == [0, 1]


def test_what_is_missing_is_made_up():
    first, second = checked_truth(TRUTH).objects[9]
    assert first == (0, "06", (0, 0, 3, 2), 6, False)
    assert second == (1, b"0220<", (0, 0, 1, 2), 3, True)
    assert checked_truth(TRUTH).objects[2] == []


def test_unknown_categories_are_left_out():
    truth = copy.deepcopy(TRUTH)
    truth["annotations"][0]["category_id"] = 1
    objects = checked_truth(truth).objects
    assert [len(found) for found in objects.values()] == [1, 0]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"image_id": 5}, "Annotation 1 belongs to image 5"),
        ({"id": 77, "image_id": 5}, "Annotation 77 belongs to image 5"),
        ({"segmentation": []}, r"Annotation 1 has no segm.*read: \[\]"),
        ({"segmentation": None}, "Annotation 1 has no segm"),
        ({"segmentation": [[0, 0, 1e9, 0, 9, 9]]}, "Annotation 1 has no segm"),
    ],
)
def test_wrong_annotations(change, message):
    truth = copy.deepcopy(TRUTH)
    truth["annotations"][0] |= change
    with pytest.raises(ValueError, match=message):
        checked_truth(truth)


def test_a_part_is_missing():
    with pytest.raises(ValueError, match=r"Received: a dict of \['images'\]"):
        checked_truth({"images": []})
