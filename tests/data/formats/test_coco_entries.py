"""One entry of a COCO file: read, and written as it was."""

import json

import numpy as np
import pytest

from keras_solo.data import ObjectAnnotation
from keras_solo.data.formats import coco_entries as e
from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.masks import encode_mask

SIZES = {7: (8, 10)}
LABELS = {2: 0, 18: 1, 90: None}
BLOB = np.zeros((8, 10), bool)
BLOB[1:3, 2] = True
POLYGON = [1.0, 1.0, 5.0, 1.0, 5.0, 4.0, 1.0, 4.0]


def annotation(**changes):
    entry = {
        "id": 44,
        "image_id": 7,
        "category_id": 18,
        "bbox": [1.0, 1.0, 4.0, 3.0],
        "area": 12.0,
        "iscrowd": 0,
        "segmentation": [POLYGON],
    }
    return {**entry, **changes}


def read(**changes):
    return e.read_object(annotation(**changes), 44, SIZES, LABELS)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [({"id": 3}, 3), ({"id": "a"}, "a"), ({"id": [3]}, None), ("id", None)],
)
def test_ids(raw, expected):
    assert e.entry_id(raw, "id") == expected


def test_an_image(tmp_path):
    (tmp_path / "a.png").touch()
    raw = {"file_name": "a.png", "height": 8, "width": 10}
    assert e.read_image(raw, tmp_path) == ((8, 10), "a.png")
    for change, message in (
        ({"file_name": ""}, 'it has no "file_name"'),
        ({"file_name": "b.png"}, r"there is no file .*b\.png"),
        ({"height": 0}, "positive height and width"),
    ):
        with pytest.raises(WrongEntry, match=message):
            e.read_image({**raw, **change}, tmp_path)


def test_an_image_that_nobody_has():
    raw = {"file_name": "a.png", "height": 8, "width": 10}
    assert e.read_image(raw, None) == ((8, 10), "a.png")
    assert e.read_image({"height": 8, "width": 10}, None) == ((8, 10), "")
    for wrong in ("", 5):
        with pytest.raises(WrongEntry, match='it has no "file_name"'):
            e.read_image({**raw, "file_name": wrong}, None)


def test_an_object():
    image_id, item = read()
    assert image_id == 7
    assert (item.label, item.bbox, item.area) == (1, (1, 1, 5, 4), 12)
    assert not item.is_crowd
    np.testing.assert_array_equal(item.segmentation, [POLYGON])


def test_box_and_area_of_what_is_drawn():
    _, item = read(bbox=None, area=None)
    assert (item.bbox, item.area) == ((1, 1, 5, 4), 12)


def test_a_class_left_out():
    assert read(category_id=90) == (7, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_id": 8}, "image_id 8 is unknown, or"),
        ({"category_id": 3}, "category_id 3 is unknown"),
        ({"segmentation": None}, "no segmentation"),
        ({"segmentation": "abc"}, "expected polygons or run lengths"),
        (
            {"segmentation": {"size": [10, 8], "counts": [80]}},
            r"size \[10, 8\], its image has \[8, 10\]",
        ),
    ],
)
def test_wrong_objects(changes, message):
    with pytest.raises(WrongEntry, match=message):
        read(**changes)


def test_no_object():
    with pytest.raises(WrongEntry, match="expected an object, received 'oops'"):
        e.read_object("oops", 1, SIZES, LABELS)


@pytest.mark.parametrize("crowd", [0, 1])
@pytest.mark.parametrize(
    "segmentation",
    [
        [POLYGON],
        {"size": [8, 10], "counts": [17, 2, 61]},
        encode_mask(BLOB),
    ],
)
def test_there_and_back(segmentation, crowd):
    raw = annotation(segmentation=segmentation, iscrowd=crowd)
    _, item = e.read_object(raw, 44, SIZES, LABELS)
    written = e.write_object(item, 7, category_ids=[2, 18])
    assert json.loads(json.dumps(written)) == raw


def test_bytes_become_text():
    rle = {"size": (8, 10), "counts": b"a02m0"}
    item = ObjectAnnotation(0, (2, 1, 3, 3), rle, 2.0)
    written = e.write_object(item, 7, category_ids=[2])
    assert written["segmentation"] == {"size": [8, 10], "counts": "a02m0"}


def test_a_result():
    rle = encode_mask(BLOB)
    result = e.write_result(7, 18, rle, (2.0, 1.0, 3.0, 3.0), 0.5)
    assert result == {
        "image_id": 7,
        "category_id": 18,
        "segmentation": rle,
        "bbox": [2, 1, 1, 2],
        "score": 0.5,
    }
