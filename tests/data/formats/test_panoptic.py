"""COCO panoptic, by hand."""

import json

import numpy as np
import pytest

from keras_solo.data import AnnotationError
from keras_solo.data.formats import panoptic
from keras_solo.data.formats.panoptic import find, read
from keras_solo.data.formats.reading import Reading
from tests.data.formats.round_trip import there_and_back
from tests.data.formats.tiny import CAT, DOG, mask, write_coco, write_panoptic


def test_nothing(tmp_path):
    assert find(tmp_path) == []
    assert find(write_coco(tmp_path)) == []


def test_by_hand(tmp_path):
    (place,) = find(write_panoptic(tmp_path))
    assert place.split == "panoptic_val"
    found = read(place, Reading(tmp_path))
    assert found.categories == {17: "cat", 18: "dog"}
    (record,) = found.records
    assert [item.label for item in record.objects] == [1, 0]
    assert [item.bbox for item in record.objects] == [DOG, CAT]
    assert [item.is_crowd for item in record.objects] == [False, True]
    np.testing.assert_array_equal(record.full_masks(), [mask(DOG)])


def change(root, how):
    path = root / "annotations" / "panoptic_val.json"
    content = json.loads(path.read_text())
    how(content, content["annotations"][0])
    path.write_text(json.dumps(content))


def segment(**changes):
    return lambda _, one: one["segments_info"][0].update(changes)


@pytest.mark.parametrize(
    ("how", "what"),
    [
        (lambda c, _: c["images"][0].pop("id"), "images with an id"),
        (lambda c, _: c["images"][0].update(file_name=1), "images with an id"),
        (lambda c, _: c["images"][0].update(file_name="b"), "cannot be read"),
        (
            lambda c, _: c["images"][0].update(file_name="../../b"),
            "leads out of the folder",
        ),
        (lambda c, _: c["categories"].append(7), "expected categories"),
        (
            lambda c, _: c["annotations"].append(7),
            "annotation 1: .* received 7",
        ),
        (
            lambda c, one: c["annotations"].append(one),
            "annotation 1: its image 7 is unknown",
        ),
        (lambda _, one: one.update(image_id=8), "its image 8 is unknown"),
        (lambda _, one: one.update(file_name=None), "a file_name"),
        (lambda _, one: one.update(file_name="x.png"), r"x\.png: cannot be"),
        (lambda _, one: one.update(file_name="../../../x"), "leads out"),
        (lambda _, one: one.update(segments_info={}), "segments_info"),
        (lambda _, one: one.update(segments_info=[1]), "a segment, received 1"),
        (segment(id=[1]), "a segment"),
        (segment(id=9), "segment 9: .* no pixel"),
        (segment(category_id=[18]), r"of category \[18\]"),
        (segment(category_id=19), "its category 19 is unknown"),
    ],
)
def test_what_is_wrong(tmp_path, how, what):
    root = write_panoptic(tmp_path)
    change(root, how)
    (place,) = find(root)
    with pytest.raises(AnnotationError, match=what) as error:
        read(place, Reading(root))
    assert str(place.annotations) in str(error.value)


def test_there_and_back(tmp_path):
    assert there_and_back(panoptic, tmp_path) == {}
