"""COCO entries of one image: as they were, or what is wrong with them."""

import dataclasses
import json

import numpy as np
import pytest

from keras_solo.data.formats.checks import AnnotationError
from keras_solo.data.instances import Instances
from keras_solo.data.interchange.coco import coco_fields
from tests.data.interchange.odd import (
    NAMES,
    SIZE,
    check_same,
    nothing,
    odd_instances,
)

SQUARE = {"category_id": 7, "segmentation": [[1, 1, 3, 1, 3, 3, 1, 3]]}


def read(*entries, **options):
    fields, ids = coco_fields(entries, (4, 6), **options)
    return Instances(**fields, category_ids=ids)


def test_none():
    none = read()
    assert len(none) == 0 and none.category_ids == ()
    check_same(Instances.from_coco([], SIZE, class_names=NAMES), nothing())


def test_there_and_back():
    given = odd_instances(empty=True)
    entries = json.loads(json.dumps(given.to_coco("a")))
    found = Instances.from_coco(
        entries, SIZE, given.category_ids, class_names=NAMES
    )
    check_same(found, given)
    assert found.category_ids == given.category_ids


def test_annotations():
    crowd = {
        "category_id": 3,
        "iscrowd": 1,
        "segmentation": {"size": [4, 6], "counts": [0, 24]},
    }
    truth = read({**SQUARE, "bbox": [1, 1, 2.5, 2]}, crowd)
    assert truth.boxes.tolist() == [[1, 1, 3.5, 3]]
    assert truth.scores.tolist() == [1] and truth.category_ids == (7,)
    both = read(SQUARE, crowd, crowds=True)
    assert both.labels.tolist() == [1, 0] and both.areas.tolist() == [4, 24]
    assert both.boxes.tolist() == [[1, 1, 3, 3], [0, 0, 6, 4]]


def test_run_lengths_of_pycocotools_are_bytes():
    raw = {"size": (4, 6), "counts": b"0h0"}
    assert read({"category_id": 1, "segmentation": raw}).areas.tolist() == [24]


def test_category_ids_in_another_order():
    assert read(SQUARE, category_ids=np.array([9, 7])).labels.tolist() == [1]
    with pytest.raises(AnnotationError, match=r"among \[9\]. Received: 7"):
        read(SQUARE, category_ids=[9])


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (7, "a dict, received 7"),
        ({**SQUARE, "category_id": "x"}, "category_id, received 'x'"),
        ({**SQUARE, "category_id": [1]}, r"category_id, received \[1\]"),
        ({"category_id": 1}, "segmentation, received None"),
        ({**SQUARE, "segmentation": []}, r"segmentation, received \[\]"),
        ({**SQUARE, "segmentation": [[1, 2]]}, "three points"),
        ({**SQUARE, "segmentation": [[1e9] * 6]}, "farther than 20 image"),
        ({**SQUARE, "segmentation": [[np.nan] * 6]}, "NaN"),
        ({**SQUARE, "segmentation": {"size": [4, 5]}}, r"the size \[4, 5\]"),
        (
            {**SQUARE, "segmentation": {"size": [4, 6], "counts": [7]}},
            "add up to 24",
        ),
        (
            {**SQUARE, "segmentation": {"size": [4, 6], "counts": "\x7f"}},
            "no meaning",
        ),
        ({**SQUARE, "bbox": [1, 2, 0, 1]}, "no width"),
        ({**SQUARE, "bbox": 7}, "four numbers"),
        ({**SQUARE, "bbox": [0, 0, 1e300, 1]}, "too large"),
        ({**SQUARE, "bbox": [1e308, 0, 1e308, 1]}, "too large"),
        ({**SQUARE, "score": "0.5"}, "score, received '0.5'"),
        ({**SQUARE, "score": 10**400}, "a number as its score"),
    ],
)
def test_what_is_wrong(entry, what):
    with pytest.raises(AnnotationError, match=f"Entry 1: .*{what}"):
        read(SQUARE, entry)


def test_several_images():
    one, other = {**SQUARE, "image_id": 1}, {**SQUARE, "image_id": 2}
    assert len(read(one, one)) == 2
    with pytest.raises(AnnotationError, match="entries of one image"):
        read(one, other)


@pytest.mark.parametrize("entries", [None, 0.5, {"annotations": []}])
def test_no_list(entries):
    with pytest.raises(AnnotationError, match="Expected a list of results"):
        coco_fields(entries, SIZE)


def test_tracks():
    given = dataclasses.replace(odd_instances(), track_ids=[8, 6, -1, 0, 7])
    results = given.to_coco(1)
    assert [one.get("track_id") for one in results] == [8, 6, None, 0, 7]
    found = Instances.from_coco(results, SIZE)
    assert found.track_ids.tolist() == [8, 6, -1, 0, 7]
    assert Instances.from_coco(results[2:3], SIZE).track_ids is None
    wrong = {**results[0], "track_id": "a"}
    with pytest.raises(AnnotationError, match="number as its track_id"):
        Instances.from_coco([wrong], SIZE)
