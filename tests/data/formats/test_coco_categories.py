"""Categories: read in the order of their ids, chosen by name."""

import math

import pytest

from keras_solo.data.formats.checks import AnnotationError
from keras_solo.data.formats.coco_categories import (
    choose_categories,
    read_categories,
)

CAT, DOG = {"id": 9, "name": "cat"}, {"id": 2, "name": "dog"}


def test_in_the_order_of_ids():
    assert read_categories([], "a.json") == {}
    read = read_categories([CAT, DOG], "a.json")
    assert list(read.items()) == [(2, "dog"), (9, "cat")]


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        7,
        {},
        {"id": 3},
        {"name": "cow"},
        {"id": "x", "name": "cow"},
        {"id": None, "name": "cow"},
        {"id": math.inf, "name": "cow"},
        {"id": math.nan, "name": "cow"},
    ],
)
def test_what_is_no_category(wrong):
    message = 'a.json: expected categories with an integer "id" and a "name"'
    with pytest.raises(AnnotationError, match=message):
        read_categories([CAT, wrong], "a.json")


@pytest.mark.parametrize("twin", [{"id": 9, "name": "cow"}, {**DOG, "id": 3}])
def test_ids_and_names_differ(twin):
    with pytest.raises(
        AnnotationError, match="share an id or a name"
    ) as caught:
        read_categories([CAT, DOG, twin] * 100, "a.json")
    assert len(str(caught.value)) < 200


def test_chosen_by_name():
    known = {2: "dog", 9: "cat"}
    assert choose_categories(known, ["cat"], "a.json") == {9: "cat"}
    with pytest.warns(UserWarning, match=r"a\.json has no category named cow"):
        chosen = choose_categories(known, ["cow", "dog"], "a.json")
    assert list(chosen.items()) == [(10, "cow"), (2, "dog")]
    for names in ([], ["cat", "cat"]):
        with pytest.raises(ValueError, match="differ from one another"):
            choose_categories(known, names, "a.json")
