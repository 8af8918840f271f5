import json
import pathlib

import pytest

from keras_solo.data import Record
from keras_solo.data.findings import (
    KINDS,
    SEVERITIES,
    Example,
    Finding,
    image_example,
    image_name,
    worst_first,
)
from tests.data.squares import record, square


def test_nothing():
    assert worst_first([]) == ()
    assert (
        worst_first([Finding("crowd", {}), Finding("crowd", {"val": 0})]) == ()
    )
    assert Finding("crowd", {}).count == 0


def test_the_worst_first():
    kinds = "collision", "damaged_image", "tiny_object", "missing_image"
    found = worst_first([Finding(kind, {"train": 1}) for kind in kinds])
    assert [one.severity for one in found] == [
        "error", "error", "warning", "note",
    ]  # fmt: skip
    assert found[0].kind == "missing_image"


def test_kinds_stand_in_the_order_of_severities():
    order = [SEVERITIES.index(kind.severity) for kind in KINDS.values()]
    assert order == sorted(order)


@pytest.mark.parametrize("kind", KINDS)
def test_advice_is_one_sentence(kind):
    advice = KINDS[kind].advice
    assert advice.endswith(".") and ". " not in advice
    assert advice[0].isupper() and KINDS[kind].words[0].islower()


def test_a_finding_as_json():
    crowd = square(0, 0, 5, is_crowd=True, annotation_id=7)
    one = record(3, crowd, square(1, 1, 2, annotation_id="b"))
    example = image_example("val", one, "cat", [0])
    found = Finding("tiny_object", {"train": 2, "val": 1}, (example,))
    content = json.loads(json.dumps(found.to_dict()))
    assert content["count"] == 3 and content["severity"] == "warning"
    assert content["counts"] == {"train": 2, "val": 1}
    assert content["what"] == found.words and content["advice"] == found.advice
    # The crowd is no instance.
    assert content["examples"] == [
        {"split": "val", "image": "3.png", "annotation_ids": ["b"],
         "text": "cat"}
    ]  # fmt: skip


def test_names_of_images():
    path = pathlib.Path("photos", "a.jpg")
    assert image_name(Record(1, (2, 2), file_name="x/a.jpg")) == "x/a.jpg"
    assert image_name(Record(1, (2, 2), image_path=path)) == "a.jpg"
    assert image_name(Record(1, (2, 2))) == "1"


def test_an_example_without_an_image():
    assert Example("train", "dog").to_dict()["image"] == ""
