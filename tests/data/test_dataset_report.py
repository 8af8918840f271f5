import json

import pytest

from keras_solo.data import check_dataset
from tests.data.squares import Squares, record, square

HOSTILE = "<script>alert(1)</script>\n\u202e\x1b[31m" + 300 * "x"


@pytest.fixture(scope="module")
def report():
    """A cat to train on, a dog of 2 x 2 pixels to measure on."""
    return check_dataset(
        {
            "train": Squares(record(1, square(8, 8, 30))),
            "val": Squares(record(2, square(8, 8, 2, 1), size=(512, 512))),
        },
        image_size=(512, 512),
        few_objects=1,
    )


def test_nothing():
    found = check_dataset(Squares())
    assert [one.kind for one in found.problems] == [
        "no_image", "class_without_object",
    ]  # fmt: skip
    assert "1 error, 0 warnings, 1 note" in str(found)
    json.dumps(found.to_dict(), allow_nan=False)
    assert "splits without an image" in found.to_page().to_html()


def test_how_many_are_how_bad(report):
    assert (report.num("error"), report.num("warning")) == (0, 2)
    assert report.num("note") == 1
    assert report.image_size == (512, 512)


def test_it_prints_tables(report):
    lines = str(report).splitlines()
    assert lines[:3] == [
        "split  images  objects  crowds  most in an image",
        "train       1        1       0                 1",
        "val         1        1       0                 1",
    ]
    # What is rarest in training first.
    assert lines[4:7] == [
        "class  train  val", "dog        0    1", "cat        1    0",
    ]  # fmt: skip
    assert "0-4                     1" in lines
    assert "128-256                 1" in lines
    assert "2 objects in 2 images on a canvas of 512 x 512 pixels" in lines
    assert "  - val: 2.png (0): dog" in lines
    assert lines[-1] == "0 errors, 2 warnings, 1 note (kinds of problems)"
    assert max(map(len, lines)) < 80


def test_many_classes_are_not_all_printed():
    names = [f"class {n}" for n in range(30)]
    dataset = Squares(record(1, square(8, 8, 30)), class_names=names)
    text = str(check_dataset(dataset))
    assert "... and 20 classes with more" in text
    assert "class 0 " not in text


def test_json(report):
    content = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert content["splits"][1] == {
        "name": "val", "images": 1, "objects": 1, "crowds": 0,
        "most_objects": 1,
    }  # fmt: skip
    assert content["class_counts"] == {"train": [1, 0], "val": [0, 1]}
    assert content["class_names"] == ["cat", "dog"]
    assert content["levels"]["ranges"][-1][1] == "inf"
    assert content["suggestion"]["image_size"] == [512, 512]
    assert [one["kind"] for one in content["problems"]] == [
        "class_not_in_train", "tiny_object", "class_not_in_split",
    ]  # fmt: skip


def test_page(report):
    html = report.to_page("Pets").to_html()
    assert "<h1>Pets</h1>" in html
    assert "warning: objects of less than 4 x 4 pixels on the canvas: 1" in html
    # The tiny dog, and the sizes of objects.
    assert html.count("<img ") == 2
    assert "40 36 24 16 12" in html


def test_text_of_others():
    one = record(1, square(8, 8, 3), file_name=HOSTILE)
    two = record(1, file_name=HOSTILE)
    names = (HOSTILE, HOSTILE + "2")
    found = check_dataset(
        {
            HOSTILE: Squares(one, class_names=names),
            "val": Squares(two, class_names=names),
        },
        image_size=(64, 64),
    )
    kinds = {problem.kind for problem in found.problems}
    assert {"duplicate_between_splits", "tiny_object"} <= kinds
    html, text = found.to_page(HOSTILE).to_html(), str(found)
    assert "<script" not in html and "&lt;script&gt;" in html
    for shown in (html, text):
        assert "\u202e" not in shown and "\x1b" not in shown
    assert max(map(len, text.splitlines())) < 80
    content = json.loads(json.dumps(found.to_dict()))
    assert content["class_names"] == list(names)
