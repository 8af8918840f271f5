import numpy as np

from keras_solo.data.dataset_tables import (
    example_table,
    in_splits,
    level_rows,
    problem_text,
    size_counts,
)
from keras_solo.data.findings import Example, Finding
from keras_solo.data.levels_report import report_levels
from tests.data.squares import record, square

HOSTILE = "<script>\n\u202e\x1b[31m" + 300 * "x"


def test_nothing():
    assert set(size_counts(np.zeros(0)).values()) == {0}
    assert example_table([]) == ([], [])
    assert in_splits(Finding("crowd", {})) == ""


def test_sizes():
    """Sides of squares; each range has its lower end."""
    sides = np.array([0, 3.9, 4, 7.9, 8, 511, 512, 5000])
    found = size_counts(sides**2)
    assert [(name, n) for name, n in found.items() if n] == [
        ("0-4", 2), ("4-8", 2), ("8-16", 1), ("256-512", 1), ("512-", 2),
    ]  # fmt: skip


def test_levels():
    found = report_levels([record(1, square(8, 8, 4))], (64, 64))
    rows = level_rows(found)
    assert rows[0] == ["P2", 40, "0 to 7.68", 1, 0] and len(rows) == 5


def test_columns_without_anything_are_left_out():
    image = Example("train", "cat", "a.png", (0,), (4,))
    assert example_table([Example("train", "dog: 3")]) == (
        ["split", "what"],
        [["train", "dog: 3"]],
    )
    headings, rows = example_table([image, Example("val", "x")])
    assert headings == ["split", "image", "ids", "what"]
    assert rows[0] == ["train", "a.png", "4", "cat"]


def test_many_annotations_are_not_all_listed():
    ids = tuple(range(20))
    _, rows = example_table([Example("train", "", "a.png", ids, ids)])
    assert rows == [["train", "a.png", "0, 1, 2, 3, 4, 5, 6, 7, ..."]]


def test_a_problem():
    examples = tuple(
        Example("val", "person", f"{n}.jpg", (0,), (n,)) for n in range(2)
    )
    found = Finding("tiny_object", {"train": 0, "val": 3}, examples)
    assert problem_text(found).splitlines() == [
        "warning: objects of less than 4 x 4 pixels on the canvas: 3 (val 3)",
        "  Their mask is smaller than a cell of the mask grid: take a larger "
        "image_size,",
        "  or tiles.",
        "  - val: 0.jpg (0): person",
        "  - val: 1.jpg (1): person",
        "  - ...",
    ]
    both = Finding("tiny_object", {"val": 2}, examples)
    assert "..." not in problem_text(both)


def test_text_of_others():
    example = Example(HOSTILE, HOSTILE, HOSTILE, (0,), (HOSTILE,))
    found = Finding("crowd", {HOSTILE: 1}, (example,))
    lines = problem_text(found)
    assert max(map(len, lines.splitlines())) < 80
    assert "\x1b" not in lines and "\u202e" not in lines
