"""What Instances become, and what becomes Instances: every pair of them.

What each format holds, byte for byte, is tested in `interchange`.
"""

import json
import sys
import types

import numpy as np
import pytest

from keras_solo.data.instance_formats import InstanceFormats
from keras_solo.data.instances import Instances
from tests.data.interchange.odd import NAMES, SIZE, check_same, odd_instances

IMAGE = np.full((*SIZE, 3), 9, np.uint8)
IDS = (7, 3, 90, 1, 5, 2)


@pytest.fixture
def packages(monkeypatch):
    for name, member in (
        ("supervision", "Detections"),
        ("pandas", "DataFrame"),
    ):
        fake = types.ModuleType(name)
        setattr(fake, member, types.SimpleNamespace)
        monkeypatch.setitem(sys.modules, name, fake)


WAYS = {
    "coco": lambda one: Instances.from_coco(
        one.to_coco(1), SIZE, IDS, NAMES, IMAGE
    ),
    "yolo": lambda one: Instances.from_yolo(
        one.to_yolo(True), SIZE, NAMES, True, IDS, IMAGE
    ),
    "labelme": lambda one: Instances.from_labelme(
        one.to_labelme(), NAMES, IDS, IMAGE
    ),
    "supervision": lambda one: Instances.from_supervision(
        one.to_supervision(), NAMES, IDS, image=IMAGE
    ),
    "json": lambda one: Instances.from_json(one.to_json(), IMAGE),
}


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("count", [0, 5])
def test_there_and_back(packages, way, count):
    given = odd_instances()[:count]
    found = WAYS[way](given)
    assert type(found) is Instances
    check_same(found, given)
    assert found.category_ids == IDS
    np.testing.assert_array_equal(found.image, IMAGE)


def test_names_may_come_one_by_one(packages):
    given = odd_instances()
    found = Instances.from_yolo(given.to_yolo(), SIZE, iter(NAMES))
    check_same(found, given, scores=False)
    found = Instances.from_labelme(given.to_labelme(), iter(NAMES))
    check_same(found, given)
    found = Instances.from_supervision(given.to_supervision(), iter(NAMES))
    check_same(found, given)


def test_names_stay_within_json():
    """Nothing is named after a class; JSON escapes what is in its name."""
    given = odd_instances(empty=True)
    for text in (given.to_json(), json.dumps(given.to_labelme())):
        assert text.isascii() and "\n" not in text
    assert given.to_yolo().replace("\n", "").replace(" ", "").isascii()
    assert set(given.to_yolo()) <= set("0123456789. \n")


def test_a_class_of_ones_own():
    class Own(InstanceFormats):
        pass

    found = Own.from_yolo("0 0 0 1 0 1 1", (2, 3))
    assert type(found) is type(found[0]) is Own


def test_to_coco_with_other_ids():
    [result] = odd_instances()[0].to_coco(1, category_ids=range(9))
    assert result["category_id"] == 0
    with pytest.raises(ValueError, match="pass category_ids="):
        Instances([[[1]]], [0]).to_coco(1)
