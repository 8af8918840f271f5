"""CVAT for images, by hand."""

import numpy as np
import pytest

from keras_solo.data import AnnotationError
from keras_solo.data.formats import cvat
from keras_solo.data.formats.cvat import find, read
from keras_solo.data.formats.reading import Reading
from tests.data.formats.round_trip import there_and_back
from tests.data.formats.tiny import (
    CAT,
    DOG,
    mask,
    polygon,
    write_cvat,
    write_image,
    write_text,
)


def read_one(root, **options):
    (place,) = find(root)
    found = read(place, Reading(root, **options))
    return found.records, list(found.categories.values())


def test_nothing(tmp_path):
    assert find(tmp_path) == []
    write_text(tmp_path / "a.xml", "<annotation></annotation>")
    assert find(tmp_path) == []


def test_by_hand(tmp_path):
    (record,), names = read_one(write_cvat(tmp_path))
    assert names == ["dog", "cat"]
    assert [item.label for item in record.objects] == [0, 1]
    np.testing.assert_array_equal(record.full_masks(), [mask(DOG), mask(CAT)])
    assert record.file_name == "a.png"


def test_groups_and_other_shapes(tmp_path):
    shapes = (
        polygon("dog", DOG, group_id=3),
        polygon("dog", CAT, group_id=3),
        polygon("cat", CAT, group_id=0),
        '<box label="cat" xtl="1" ytl="1" xbr="5" ybr="4"/>',
        '<ellipse label="cat" cx="5" cy="4" rx="3" ry="2"/>',
        '<mask label="cat" rle="0, 12" left="5" top="4" width="4" height="3"/>',
        '<mask label="bird" rle="1,2,1" left="0" top="0" width="2" height="2" '
        'group_id="1"/>',
        polygon("bird", DOG, group_id=1),
        '<points label="cat" points="1,2"/>',
        "<tag label='cat'/>",
    )
    (record,), names = read_one(write_cvat(tmp_path, *shapes))
    assert names == ["dog", "cat", "bird"]
    masks = record.full_masks()
    assert [int(one.sum()) for one in masks] == [24, 12, 12, 20, 12, 14]
    np.testing.assert_array_equal(masks[2], mask(DOG))
    np.testing.assert_array_equal(masks[4], mask(CAT))
    assert masks[5][:2, :2].tolist() == [[0, 1], [1, 1]]


def test_subsets_are_splits(tmp_path):
    write_image(tmp_path / "images" / "b.png")
    root = write_cvat(tmp_path, image='name="a.png" subset="Train"')
    path = root / "annotations.xml"
    other = '<image id="1" subset="Val" name="b.png" width="10" height="8"/>'
    text = path.read_text().replace("</annotations>", f"{other}</annotations>")
    write_text(path, text)
    places = find(root)
    assert [place.split for place in places] == ["Train", "Val"]
    found = [read(place, Reading(root)).records for place in places]
    names = [[record.file_name for record in one] for one in found]
    assert names == [["a.png"], ["b.png"]]
    # As `open_dataset` calls it.
    renamed = places[1]._replace(split="val")
    assert len(read(renamed, Reading(root)).records) == 1


@pytest.mark.parametrize(
    ("shape", "what"),
    [
        ('<polygon label="dog" points="1,2;3,4"/>', "three points"),
        ('<polygon label="dog" points="x"/>', "expected points x,y"),
        ('<polygon label="dog"/>', "expected points x,y"),
        ('<box label="dog" xtl="1"/>', "numbers as xtl, ytl, xbr, ybr"),
        ('<ellipse label="dog" cx="nan" cy="1" rx="1" ry="1"/>', "NaN"),
        (
            '<mask label="dog" rle="9" left="0" top="0" width="2" height="2"/>',
            "do not add up to 2 x 2",
        ),
        (
            '<mask label="dog" rle="-1,5" left="0" top="0" width="2" '
            'height="2"/>',
            "do not add up to 2 x 2",
        ),
        (
            '<mask label="dog" rle="4" left="0" top="0" width="2" height="2"/>',
            "its mask has no pixel",
        ),
        (
            '<mask label="dog" rle="4" left="9" top="0" width="2" height="2"/>',
            r"at \[9, 0\] .* not within its image",
        ),
        (
            '<mask label="dog" rle="4" left="0.5" top="0" width="2" '
            'height="2"/>',
            "whole numbers",
        ),
        (
            '<mask label="dog" rle="4" left="0" top="0" width="1e99" '
            'height="2"/>',
            "whole numbers",
        ),
        ('<mask label="dog" rle="4"/>', "numbers as left, top"),
    ],
)
def test_shapes_that_are_wrong(tmp_path, shape, what):
    root = write_cvat(tmp_path, shape)
    with pytest.raises(AnnotationError, match=what) as error:
        read_one(root)
    assert "annotations.xml: 'a.png': 'dog'" in str(error.value)
    (record,), _ = read_one(root, report=lambda _: None)
    assert record.objects == ()


@pytest.mark.parametrize(
    ("image", "what"),
    [
        ("", "expected a name, received None"),
        ('name="b.png"', "cannot be read"),
        ('name="../../b.png"', "leads out"),
    ],
)
def test_images_that_are_wrong(tmp_path, image, what):
    root = write_cvat(tmp_path, image=image)
    with pytest.raises(AnnotationError, match=what):
        read_one(root)
    records, _ = read_one(root, report=lambda _: None)
    assert records == []


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_no_entities(tmp_path, before):
    root = write_cvat(tmp_path)
    path = root / "annotations.xml"
    head, rest = path.read_text().split("\n")
    write_text(path, f"{head}\n{before}{rest}")
    with pytest.raises(AnnotationError, match="XML without declarations"):
        read_one(root)


def test_comments_and_a_mark_of_the_byte_order(tmp_path):
    root = write_cvat(tmp_path)
    path = root / "annotations.xml"
    text = path.read_text().replace("<meta>", "<!-- a task --><meta>")
    path.write_text(text, encoding="utf-8-sig")
    assert len(read_one(root)[0]) == 1


def test_no_other_encoding(tmp_path):
    path = write_cvat(tmp_path) / "annotations.xml"
    (place,) = find(tmp_path)
    path.write_text(path.read_text(), encoding="utf-16")
    with pytest.raises(AnnotationError, match="cannot be read"):
        read(place, Reading(tmp_path))


def test_names_that_xml_does_not_hold(tmp_path):
    cvat.write([], {1: "cat\x1b<b>\ud800"}, tmp_path, "train")
    text = (tmp_path / "train" / "annotations.xml").read_text()
    assert r"<name>cat\x1b&lt;b&gt;\ud800</name>" in text


@pytest.mark.parametrize("change", ["<image ", "</annotations>", "\0", "&x;"])
def test_no_xml(tmp_path, change):
    root = write_cvat(tmp_path)
    path = root / "annotations.xml"
    write_text(path, path.read_text() + change)
    with pytest.raises(AnnotationError, match=r"annotations\.xml: cannot be"):
        read_one(root)


def test_there_and_back(tmp_path):
    assert there_and_back(cvat, tmp_path) == {}
