"""Names of splits, and files of splits."""

import pytest

from keras_solo.data.formats.splits import json_files, split_names


def test_nothing(tmp_path):
    assert split_names([]) == []
    assert json_files(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("instances_train2017", "train"),
        ("panoptic_val2017", "val"),
        ("lvis_v1_val", "val"),
        ("valid", "val"),
        ("validation", "val"),
        ("test", "test"),
        ("trainval", "trainval"),
        ("birds", "birds"),
        ("strain", "strain"),
    ],
)
def test_one(name, split):
    assert split_names([name]) == [split]


def test_two_that_say_the_same_keep_their_names():
    names = ["instances_val2014", "instances_val2017", "train"]
    assert split_names(names) == [*names[:2], "train"]


def test_where_files_lie(tmp_path):
    for name in (
        *("b.json", "a.json", "annotations/c.json", "no/d.json"),
        *("train/_annotations.coco.json", "a.txt"),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = [p.relative_to(tmp_path).as_posix() for p in json_files(tmp_path)]
    assert found == [
        *("a.json", "b.json", "annotations/c.json"),
        "train/_annotations.coco.json",
    ]
