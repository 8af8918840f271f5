"""VGG Image Annotator, by hand."""

import json

import numpy as np
import pytest

from keras_solo.data import AnnotationError
from keras_solo.data.formats import via
from keras_solo.data.formats.reading import Reading
from keras_solo.data.formats.via import find, read
from tests.data.formats.round_trip import there_and_back
from tests.data.formats.tiny import (
    CAT,
    DOG,
    mask,
    region,
    write_coco,
    write_image,
    write_json,
    write_text,
    write_via,
)


def read_one(root, **options):
    (place,) = find(root)
    found = read(place, Reading(root, **options))
    return found.records, list(found.categories.values())


def test_nothing(tmp_path):
    assert find(tmp_path) == []
    assert find(write_coco(tmp_path)) == []


def test_by_hand(tmp_path):
    root = write_via(tmp_path)
    assert [place.split for place in find(root)] == ["train"]
    (record,), names = read_one(root)
    assert names == ["cat", "dog"]
    assert [item.label for item in record.objects] == [1, 0]
    np.testing.assert_array_equal(record.full_masks(), [mask(DOG), mask(CAT)])


def test_a_project_and_regions_by_number(tmp_path):
    write_image(tmp_path / "a.png")
    regions = {"0": region(DOG), "1": region(CAT)}
    entry = {"filename": "a.png", "regions": regions}
    project = {"_via_settings": {}, "_via_img_metadata": {"a": entry}}
    write_json(tmp_path / "project.json", project)
    (record,), names = read_one(tmp_path)
    assert len(record.objects) == 2 and names == ["object"]


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({}, "object"),
        ({"kind": "dog"}, "dog"),
        ({"colour": "brown", "Class": " dog "}, "dog"),
        ({"name": "", "colour": "red"}, "object"),
        ({"name": {"dog": True, "cat": False}}, "dog"),
        ({"name": {"dog": False}}, "object"),
        ({"type": 7}, "7"),
    ],
)
def test_classes(tmp_path, attributes, name):
    _, names = read_one(write_via(tmp_path, region(DOG, **attributes)))
    assert names == [name]


def shape(**attributes):
    return {"shape_attributes": attributes, "region_attributes": {}}


def test_other_shapes(tmp_path):
    shapes = (
        shape(name="rect", x=1, y=1, width=4, height=3),
        shape(name="circle", cx=5, cy=4, r=3),
        shape(name="ellipse", cx=5, cy=4, rx=3, ry=2),
        shape(name="ellipse", cx=5, cy=4, rx=3, ry=2, theta=1.5),
        shape(name="point", cx=5, cy=4),
        shape(name="polyline", all_points_x=[1], all_points_y=[2]),
    )
    (record,), _ = read_one(write_via(tmp_path, *shapes))
    masks = record.full_masks()
    np.testing.assert_array_equal(masks[0], mask(DOG))
    assert [int(one.sum()) for one in masks[1:]] == [28, 20, 20]


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (7, "region 1: shape_attributes are None"),
        ({"shape_attributes": {}}, "region 1: region_attributes are None"),
        (shape(name="rect", x=1, y=1), "numbers as x, y, width, height"),
        (shape(name="circle", cx=1, cy=1, r="3"), "numbers as cx, cy, r"),
        (shape(name="circle", cx=1, cy=1, r=1e12), "numbers as cx, cy, r"),
        (shape(name="polygon", all_points_x=[1]), "as many x as y"),
        (
            shape(name="polygon", all_points_x=[1, 2], all_points_y=[3, 4]),
            "region 1: polygon 0 needs at least three points",
        ),
        (
            shape(
                name="polygon", all_points_x=list("abc"), all_points_y=[1, 2, 3]
            ),
            "something that is no number",
        ),
    ],
)
def test_regions_that_are_wrong(tmp_path, wrong, what):
    root = write_via(tmp_path, wrong)
    with pytest.raises(AnnotationError, match=what) as error:
        read_one(root)
    assert "via_region_data.json: 'a.png" in str(error.value)


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (7, "expected a filename, received None"),
        ({"filename": "", "regions": []}, "expected a filename"),
        ({"filename": "a.png", "regions": 7}, "expected regions, received 7"),
        ({"filename": "b.png", "regions": []}, "cannot be read"),
        ({"filename": "../../b.png", "regions": []}, "leads out"),
    ],
)
def test_entries_that_are_wrong(tmp_path, entry, what):
    root = write_via(tmp_path)
    content = {"a": entry, "b": {"filename": "a.png", "regions": []}}
    write_json(root / "train" / "via_region_data.json", content)
    with pytest.raises(AnnotationError, match=what):
        read_one(root)
    records, _ = read_one(root, report=lambda _: None)
    assert len(records) == 1


@pytest.mark.parametrize("text", ["[]", "{", "[" * 100_000])
def test_files_that_are_none(tmp_path, text):
    root = write_via(tmp_path)
    words = json.dumps("filename") + json.dumps("regions")
    write_text(root / "train" / "via_region_data.json", text + words)
    with pytest.raises(AnnotationError, match=r"via_region_data\.json"):
        read_one(root)


def test_there_and_back(tmp_path):
    assert there_and_back(via, tmp_path) == {}
