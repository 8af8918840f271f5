"""Tables for a terminal and for a page."""

import dataclasses

import numpy as np
import pytest

from keras_solo.evaluation.confusion import Confusion
from keras_solo.evaluation.report_tables import Facts, report_tables

NAN = float("nan")


def facts(names=("cat", "ox", "hen"), **change):
    count = len(names) + 1
    figures = {
        f"{kind}_{name}": 0.5
        for kind in ("mask", "box")
        for name in ("ap", "ap50", "ap75", "ar1", "ar10", "ar200")
    }
    row = {
        "objects": 3,
        "mask_ap": 0.25,
        "mask_ap50": 0.5,
        "box_ap": NAN,
        "mask_accuracy50": 0.1,
        "mask_precision50": 1.0,
        "mask_recall50": 0.75,
    }
    thresholds = (
        "mask_ap",
        "box_ap",
        "mask_accuracy",
        "mask_precision",
        "mask_recall",
    )
    size = {
        "from": 0.0,
        "to": float("inf"),
        "objects": 7,
        "mask_ap": 0.5,
        "mask_ar": NAN,
    }
    given = Facts(
        figures=figures,
        per_class={name: {**row, "mask_ap": ap}
                   for name, ap in zip(names, (0.1, NAN, 0.9), strict=False)},
        per_size={"all": size, "third1": {**size, "to": 41.6}},
        per_iou={"0.50": dict.fromkeys(thresholds, 0.5)},
        confusion=Confusion(
            class_names=tuple(names),
            matrix=np.arange(count * count).reshape(count, count),
            per_image=np.array([[1, 2, 3, 4, 5], [1, 1, 1, 1, 1]]),
            image_ids=(1, 2),
            iou_threshold=0.5,
            score_threshold=0.3,
        ),
        max_detections=200,
    )  # fmt: skip
    return given._replace(**change)


def by_title(given):
    return {table.title: table for table in report_tables(given)}


def test_no_rows_and_no_classes():
    tables = by_title(facts(names=()))
    assert tables["By class"].rows == []
    assert tables["Which class for which"].rows == [["background", 0]]


def test_overall_has_the_recalls_that_there_are():
    rows = by_title(facts())["COCO's figures"].rows
    assert [row[0] for row in rows][-1] == "AR200"
    few = {f"{kind}_{name}": 0.5 for kind in ("mask", "box")
           for name in ("ap", "ap50", "ap75", "ar1")}  # fmt: skip
    table = by_title(facts(figures=few, max_detections=1))["COCO's figures"]
    assert [row[0] for row in table.rows] == ["AP", "AP50", "AP75", "AR1"]


def test_sizes():
    assert by_title(facts())["By size"].rows[1][:4] == [
        "smallest third",
        "0",
        "42",
        7,
    ]
    text = by_title(facts())["By size"].to_text()
    assert text.splitlines()[2].split() == ["all", "0", "-", "7", "0.500", "-"]


def test_the_best_class_first():
    rows = by_title(facts())["By class"].rows
    assert [row[0] for row in rows] == ["hen", "cat", "ox"]
    assert rows[0][1:4] == [3, 0.9, 0.5]


def test_matches():
    rows = by_title(facts())["Matches (IoU 0.5, score 0.3)"].rows
    assert [row[:2] for row in rows] == [
        ["matched", 2],
        ["wrong class", 3],
        ["missed", 4],
        ["duplicate", 5],
        ["background", 6],
    ]


@pytest.mark.parametrize("count", [12, 13])
def test_a_matrix_of_few_classes_or_the_pairs_of_many(count):
    tables = by_title(facts(names=[f"class {n}" for n in range(count)]))
    assert ("Which class for which" in tables) == (count == 12)
    if count == 12:
        rows = tables["Which class for which"].rows
        assert rows[-1] == ["background", *range(156, 169)]
    else:
        rows = tables["Classes confused most"].rows
        assert len(rows) == 20
        # Row 12, column 11 of 14 columns; the diagonal is right.
        assert rows[0] == ("class 12", "class 11", 12 * 14 + 11)


def test_nothing_confused_is_no_table():
    many = facts(names=[f"class {n}" for n in range(13)])
    right = dataclasses.replace(many.confusion, matrix=np.eye(14, dtype=int))
    tables = by_title(many._replace(confusion=right))
    assert "Classes confused most" not in tables and len(tables) == 5
