"""The tables of a report, for a terminal and for a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from keras_solo.evaluation.confusion import BACKGROUND, Confusion
from keras_solo.visualization.text_table import text_table

OVERALL, CLASSES = "COCO's figures", "By class"
# A matrix of more classes is no table to look at.
MOST_CLASSES = 12
MOST_CONFUSED = 20
SIZES = {
    "all": "all",
    "small": "small (COCO)",
    "medium": "medium (COCO)",
    "large": "large (COCO)",
    "third1": "smallest third",
    "third2": "middle third",
    "third3": "largest third",
}
MEANINGS = {
    "matched": "result on an object, of its class",
    "wrong_class": "result on an object, of another class",
    "missed": "object without a result",
    "duplicate": "second result on an object that has one",
    "background": "result where no object is",
}


class Facts(NamedTuple):
    """What the tables show: see `EvaluationReport`."""

    figures: Mapping[str, float]
    per_class: Mapping[str, Mapping[str, float]]
    per_size: Mapping[str, Mapping[str, float]]
    per_iou: Mapping[str, Mapping[str, float]]
    confusion: Confusion
    max_detections: int


class Table(NamedTuple):
    """A table, its title, and what it is."""

    title: str
    text: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]

    def to_text(self) -> str:
        """Title and table, in lines of characters."""
        rows = [[_cell(cell) for cell in row] for row in self.rows]
        return f"{self.title}\n{text_table(self.headings, rows)}"


def _cell(cell: object) -> str:
    """What there is nothing to measure for is a dash."""
    if isinstance(cell, float):
        return "-" if math.isnan(cell) else f"{cell:.3f}"
    return str(cell)


def report_tables(facts: Facts) -> list[Table]:
    """Figures of all, by size, by IoU, by class; matches and confusions."""
    confused = _confused(facts.confusion)
    return [
        _overall(facts),
        _sizes(facts),
        _thresholds(facts),
        _classes(facts),
        _matches(facts.confusion),
        *([confused] if confused.rows else []),
    ]


def _overall(facts: Facts) -> Table:
    names = {
        "AP": "ap",
        "AP50": "ap50",
        "AP75": "ap75",
        "AR1": "ar1",
        "AR10": "ar10",
        f"AR{facts.max_detections}": f"ar{facts.max_detections}",
    }
    figures = facts.figures
    rows = [
        [label, figures[f"mask_{name}"], figures[f"box_{name}"]]
        for label, name in names.items()
        if f"mask_{name}" in figures
    ]
    return Table(
        OVERALL,
        "AP: the mean over IoU 0.50 to 0.95 and over classes. AR: the recall "
        "with so many results of a class in an image.",
        ("", "mask", "box"),
        rows,
    )


def _sizes(facts: Facts) -> Table:
    rows = [
        [
            SIZES[name],
            _area(row["from"]),
            _area(row["to"]),
            int(row["objects"]),
            row["mask_ap"],
            row["mask_ar"],
        ]
        for name, row in facts.per_size.items()
    ]
    return Table(
        "By size",
        "Areas in pixels of the image. COCO's bounds are 32 x 32 and 96 x 96 "
        "pixels; the thirds are of the objects of this dataset.",
        ("size", "from", "to", "objects", "mask AP", "mask AR"),
        rows,
    )


def _area(area: float) -> str:
    return f"{area:.0f}" if math.isfinite(area) else "-"


def _thresholds(facts: Facts) -> Table:
    names = (
        *("mask_ap", "box_ap"),
        *("mask_accuracy", "mask_precision", "mask_recall"),
    )
    rows = [
        [threshold, *(row[name] for name in names)]
        for threshold, row in facts.per_iou.items()
    ]
    return Table(
        "By IoU threshold",
        "Accuracy is TP / (TP + FP + FN) over all images, precision TP / (TP + "
        "FP), recall TP / (TP + FN), of results with a score of at least "
        f"{facts.confusion.score_threshold:g}.",
        ("IoU", "mask AP", "box AP", "accuracy", "precision", "recall"),
        rows,
    )


def _classes(facts: Facts) -> Table:
    def worst_last(item: tuple[str, Mapping[str, float]]) -> tuple[bool, float]:
        figure = item[1]["mask_ap"]
        return math.isnan(figure), -figure

    names = (
        *("mask_ap", "mask_ap50", "box_ap"),
        *("mask_accuracy50", "mask_precision50", "mask_recall50"),
    )
    rows = [
        [name, int(row["objects"]), *(row[figure] for figure in names)]
        for name, row in sorted(facts.per_class.items(), key=worst_last)
    ]
    return Table(
        CLASSES,
        "The best first. Accuracy, precision and recall at IoU 0.50.",
        (
            *("class", "objects", "mask AP", "AP50", "box AP"),
            *("accuracy", "precision", "recall"),
        ),
        rows,
    )


def _matches(confusion: Confusion) -> Table:
    return Table(
        f"Matches (IoU {confusion.iou_threshold:g}, score "
        f"{confusion.score_threshold:g})",
        f"At IoU {confusion.iou_threshold:g} and a score of at least "
        f"{confusion.score_threshold:g}.",
        ("kind", "how many", "what it is"),
        [
            [kind.replace("_", " "), number, MEANINGS[kind]]
            for kind, number in confusion.counts.items()
        ],
    )


def _confused(confusion: Confusion) -> Table:
    names = confusion.class_names
    if len(names) > MOST_CLASSES:
        return Table(
            "Classes confused most",
            "Objects of a class whose result has another class.",
            ("class of the object", "class of the result", "how often"),
            confusion.most_confused(MOST_CONFUSED),
        )
    rows = zip((*names, BACKGROUND), confusion.matrix.tolist(), strict=True)
    return Table(
        "Which class for which",
        "A row is the class of the object, a column that of its result. The "
        "last column is missed objects; the last row duplicates and results "
        "where no object is.",
        ("object", *names, "missed"),
        [[name, *row] for name, row in rows],
    )
