"""supervision.Detections: a stand-in, and the package where it is."""

import dataclasses
import sys
import types

import numpy as np
import pytest

from keras_solo.data.instances import Instances
from keras_solo.data.interchange.supervision import detection_fields
from tests.data.interchange.odd import (
    NAMES,
    SIZE,
    check_same,
    nothing,
    odd_instances,
)


@pytest.fixture(params=["a stand-in", "the package"])
def supervision(request, monkeypatch):
    if request.param == "the package":
        return pytest.importorskip("supervision")
    fake = types.ModuleType("supervision")
    fake.Detections = types.SimpleNamespace
    monkeypatch.setitem(sys.modules, "supervision", fake)
    return fake


def test_none(supervision):
    back = Instances.from_supervision(nothing().to_supervision(), NAMES)
    check_same(back, nothing())
    none = types.SimpleNamespace(
        **{"xyxy": [], "mask": None, "confidence": None},
        **{"class_id": None, "data": {}},
    )
    found = Instances.from_supervision(none, original_size=(2, 3))
    assert len(found) == 0 and found.original_size == (2, 3)
    with pytest.raises(ValueError, match="original_size= .* 0 without masks"):
        detection_fields(none)


def test_there_and_back(supervision):
    given = odd_instances(empty=True)
    detections = given.to_supervision()
    check_same(Instances.from_supervision(detections, NAMES), given)
    found = Instances.from_supervision(detections)
    check_same(found, given)


def test_names_of_classes_without_a_detection(supervision):
    given = odd_instances()[[3, 1]]
    found = Instances.from_supervision(given.to_supervision())
    assert found.class_names == ("0", NAMES[1], "2", NAMES[3])
    check_same(found, given, names=False)


def test_what_is_not_known(supervision):
    bare = types.SimpleNamespace(
        xyxy=np.zeros((1, 4)),
        mask=np.ones((1, *SIZE), bool),
        confidence=None,
        class_id=None,
        data={},
    )
    found = Instances.from_supervision(bare)
    assert found.labels.tolist() == [0] and found.scores.tolist() == [1]
    assert found.class_names is None
    bare.mask = None
    with pytest.raises(ValueError, match="1 without masks"):
        Instances.from_supervision(bare, original_size=SIZE)


def test_labels_that_are_too_large(supervision):
    detections = odd_instances()[:1].to_supervision()
    detections.class_id = np.array([2**40])
    with pytest.raises(ValueError, match="class_id from 0 to 999999"):
        Instances.from_supervision(detections)


def test_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(ImportError, match="pip install supervision"):
        odd_instances().to_supervision()


def test_tracks(supervision):
    given = dataclasses.replace(odd_instances(), track_ids=[3, -1, 4, 5, 0])
    detections = given.to_supervision()
    assert detections.tracker_id.tolist() == [3, -1, 4, 5, 0]
    found = Instances.from_supervision(detections)
    assert found.track_ids.tolist() == [3, -1, 4, 5, 0]
    none = Instances.from_supervision(odd_instances().to_supervision())
    assert none.track_ids is None
