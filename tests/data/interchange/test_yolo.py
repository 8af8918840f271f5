"""Lines of YOLO: masks as they were, scores where they are asked for."""

import pytest

from keras_solo.data.formats.checks import AnnotationError
from keras_solo.data.instances import Instances
from keras_solo.data.interchange.yolo import yolo_fields
from tests.data.interchange.odd import (
    NAMES,
    SIZE,
    check_same,
    nothing,
    odd_instances,
)


def test_none():
    assert nothing().to_yolo() == ""
    check_same(Instances.from_yolo("\n \n", SIZE, NAMES), nothing())


def test_a_line_by_hand():
    text = Instances([[[1, 1, 0, 0]]], [3], [0.1]).to_yolo(scores=True)
    assert text == (
        "3 0.000000 0.000000 0.000000 1.000000 0.500000 1.000000 "
        "0.500000 0.000000 0.100000001\n"
    )


@pytest.mark.parametrize("scores", [False, True])
def test_there_and_back(scores):
    given = odd_instances()
    found = Instances.from_yolo(given.to_yolo(scores), SIZE, NAMES, scores)
    check_same(found, given, scores=scores)
    assert scores or found.scores.tolist() == [1] * 5


def test_what_is_lost():
    """Instances without a pixel; and without names any label is right."""
    given = odd_instances(empty=True)
    found = Instances.from_yolo(given.to_yolo(), SIZE)
    assert found.labels.tolist() == given.labels[:5].tolist()
    assert found.class_names is None


@pytest.mark.parametrize(
    ("line", "options", "what"),
    [
        ("5 0 0 1 0 1 1", {"classes": 5}, "its class 5 is none of"),
        ("-1 0 0 1 0 1 1", {}, "a class id, received '-1'"),
        ("9999999999 0 0 1 0 1 1", {}, "a class id"),
        ("1 0 0 1 0 1 x", {}, "a class id and numbers"),
        ("1 0 0 1 0 1 1 0.5", {}, "even count"),
        ("1 0 0 1 0 1 nan", {}, "corners from 0 to 1"),
        ("1 0.5 0.5 1 1", {}, "this is a dataset for detection"),
        ("1 0 0 1 0 1 1", {"scores": True}, "even count"),
        ("1 0 0 1 0 1 1 x", {"scores": True}, "a score at its end.*'x'"),
        ("1 0 0 1 0 1 1 nan", {"scores": True}, "a number as its score"),
        ("0.5", {"scores": True}, "a class id, received ''"),
        ("0.5", {"scores": True, "classes": 2}, "a class id, received ''"),
    ],
)
def test_what_is_wrong(line, options, what):
    with pytest.raises(AnnotationError, match=f"Line 2: .*{what}"):
        yolo_fields(f"\n{line}", (8, 10), **options)
