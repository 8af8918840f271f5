"""Files of LabelMe: masks and scores as they were, odd names as they are."""

import dataclasses
import json

import pytest

from keras_solo.data.formats.checks import AnnotationError
from keras_solo.data.instances import Instances
from keras_solo.data.interchange.labelme import labelme_fields
from tests.data.interchange.odd import (
    NAMES,
    check_same,
    nothing,
    odd_instances,
)


def test_none():
    content = nothing().to_labelme("a.png")
    assert content["shapes"] == [] and content["imagePath"] == "a.png"
    check_same(Instances.from_labelme(content, NAMES), nothing())


def test_there_and_back():
    given = odd_instances()
    content = json.loads(json.dumps(given.to_labelme()))
    check_same(Instances.from_labelme(content, NAMES), given)
    # Without names these are the ones that there are, by the alphabet.
    found = Instances.from_labelme(content)
    check_same(found, given, names=False)
    assert found.class_names == tuple(sorted(NAMES[:5]))


def test_what_is_lost():
    masks = [[[1, 0]], [[0, 0]], [[0, 1]]]
    given = Instances(masks, [0, 0, 1], class_names=["a", "__ignore__"])
    assert len(Instances.from_labelme(given.to_labelme())) == 1


SQUARE = {"label": "a", "points": [[0, 0], [2, 0], [2, 2], [0, 2]]}


def content(*shapes, **changes):
    sides = {"imageHeight": 4, "imageWidth": 6}
    return {"shapes": list(shapes), **sides, **changes}


def test_a_group_has_the_best_score_of_its_parts():
    parts = [
        {**SQUARE, "group_id": 1, "score": score} for score in (0.25, 0.5, None)
    ]
    fields, names = labelme_fields(content(*parts, SQUARE))
    assert fields["scores"] == [0.5, 1.0] and names == ["a"]


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (7, "A file of LabelMe: expected a dict"),
        ({}, "expected a positive height and width"),
        (content(imageWidth=10**9, imageHeight=10**9), "at most"),
        (content(shapes=7), "a list of shapes, received 7"),
        (content({**SQUARE, "points": 7}), "shape 0: expected points"),
        (content({**SQUARE, "label": "b"}), "Object 0 .'b'.: .* only 'a'"),
        (content({**SQUARE, "score": "x"}), "Object 0 .'a'.: .* score"),
        (content({**SQUARE, "points": [[0, 0]]}), "Object 0 .* three points"),
    ],
)
def test_what_is_wrong(wrong, what):
    with pytest.raises(AnnotationError, match=what):
        labelme_fields(wrong, ["a"])


def test_tracks_are_groups():
    given = dataclasses.replace(odd_instances(), track_ids=[8, -1, 6, -1, 7])
    content = given.to_labelme()
    groups = {}
    for shape in content["shapes"]:
        groups.setdefault(shape["label"], set()).add(shape["group_id"])
    found = [groups[name] for name in given.names]
    assert found[0] == {8} and found[2] == {6} and found[4] == {7}
    # The second has two parts and no track.
    assert len(found[1]) == 1 and min(found[1]) > 8
    check_same(Instances.from_labelme(content, NAMES), given)
