"""JSON of our own: bit for bit, and no trust in what comes back."""

import dataclasses
import json

import numpy as np
import pytest

from keras_solo.data.formats.checks import AnnotationError
from keras_solo.data.instances import Instances
from keras_solo.data.interchange.own_json import json_fields
from tests.data.interchange.odd import check_same, nothing, odd_instances


def test_none():
    check_same(Instances.from_json(nothing().to_json()), nothing())


@pytest.mark.parametrize("empty", [False, True])
def test_there_and_back(empty):
    given = odd_instances(empty)
    found = Instances.from_json(given.to_json())
    check_same(found, given)
    assert found.category_ids == given.category_ids
    assert found.to_json() == given.to_json()


def test_boxes_and_scores_bit_for_bit():
    rng = np.random.default_rng(0)
    boxes = np.frombuffer(rng.bytes(800), np.float32)
    boxes = np.where(np.isfinite(boxes), boxes, -0.0).reshape(50, 4)
    scores = np.float32(rng.random(50))
    given = Instances(
        np.ones((50, 1, 2), bool), [0] * 50, scores=scores, boxes=boxes
    )
    found = Instances.from_json(given.to_json().encode())
    assert found.boxes.tobytes() == given.boxes.tobytes()
    assert found.scores.tobytes() == scores.tobytes()
    assert found.class_names is None and found.category_ids is None


def test_numbers_that_json_has_not():
    nan = dataclasses.replace(odd_instances(), scores=[np.nan] * 5)
    with pytest.raises(ValueError, match="finite scores and boxes"):
        nan.to_json()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"format": "x"}, "received 'x'"),
        ({"version": 2}, "version 1, received 2"),
        ({"size": [7]}, "a list of 2 as size"),
        ({"size": [0, 9]}, "a positive height and width"),
        ({"size": [10**6, 10**6]}, "at most 4294967295 pixels"),
        ({"size": [7, 8]}, "add up to 56"),
        ({"counts": None}, "a list as counts, received None"),
        ({"counts": [None] * 5}, "run lengths as a list or as text"),
        ({"labels": [0]}, "a list of 5 as labels"),
        ({"labels": [0.5] * 5}, "labels 0, 1, 2"),
        ({"labels": [2**31] * 5}, "labels 0, 1, 2"),
        ({"scores": ["1"] * 5}, "a number as its score"),
        ({"boxes": [[1, 2]] * 5}, "a list of 4 as a box"),
        ({"class_names": "abcdef"}, "a list as class_names"),
        ({"class_names": [1]}, "str as class_names"),
        ({"category_ids": [True]}, "int as category_ids"),
    ],
)
def test_what_is_wrong(changes, what):
    content = {**json.loads(odd_instances().to_json()), **changes}
    with pytest.raises(AnnotationError, match=f"JSON of instances: .*{what}"):
        json_fields(json.dumps(content))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "cannot be read"),
        ("7", "received 7"),
        ("[" * 100_000, "nested too deeply"),
        ("\ud800", "cannot be read|received"),
        (b"\xff\xfe\xff", "cannot be read"),
        (None, "cannot be read"),
        ("9" * 5000, "cannot be read"),
    ],
)
def test_no_such_text(text, what):
    with pytest.raises(AnnotationError, match=what):
        json_fields(text)


def test_labels_beyond_the_names():
    content = json.loads(odd_instances().to_json())
    with pytest.raises(ValueError, match="labels below 1"):
        Instances.from_json(json.dumps({**content, "class_names": ["a"]}))


def test_tracks():
    given = dataclasses.replace(odd_instances(), track_ids=[3, -1, 2**40, 5, 0])
    found = Instances.from_json(given.to_json())
    assert found.track_ids.tolist() == given.track_ids.tolist()
    assert "track" not in odd_instances().to_json()
    content = json.loads(given.to_json())
    with pytest.raises(AnnotationError, match="int as track_ids"):
        Instances.from_json(json.dumps({**content, "track_ids": ["a"] * 5}))
    with pytest.raises(ValueError, match="Expected track_ids"):
        Instances.from_json(json.dumps({**content, "track_ids": [1]}))
