"""The rows of a report on a dataset, and what they are as text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_solo._printable import printable
from keras_solo.data.findings import Example, Finding
from keras_solo.data.levels_report import LevelsReport

# Upper ends of sizes, canvas pixels.
SIZE_ENDS = (4, 8, 16, 32, 64, 128, 256, 512)
# Characters of a line, of a cell, and of what is said of an example.
WIDTH, CELL, LONGEST = 79, 30, 230


class SplitCounts(NamedTuple):
    """What is in a split.

    Args:
        name: What it is called.
        images: Images, those without objects too.
        objects: Objects, crowds left out.
        crowds: Crowds.
        most_objects: The largest number of objects in an image.
    """

    name: str
    images: int
    objects: int
    crowds: int
    most_objects: int


SPLIT_HEADINGS = ["split", "images", "objects", "crowds", "most in an image"]


def size_counts(areas: np.ndarray) -> dict[str, int]:
    """How many objects are of which size.

    Args:
        areas: Of their masks, canvas pixels.

    Returns:
        Ranges of square roots, lower ends included, and how many are there.

    Example:

    >>> size_counts(np.array([15.9, 16.0]))["4-8"]
    1
    """
    place = np.searchsorted(np.array(SIZE_ENDS) ** 2, areas, side="right")
    counts = np.bincount(place, minlength=len(SIZE_ENDS) + 1).tolist()
    lows, highs = (0, *SIZE_ENDS), (*map(str, SIZE_ENDS), "")
    return {
        f"{low}-{high}": count
        for low, high, count in zip(lows, highs, counts, strict=True)
    }


def level_rows(report: LevelsReport) -> list[list[object]]:
    levels = report.levels
    return [
        [
            name,
            levels.grid_sizes[index],
            "{:g} to {:g}".format(*levels.ranges[index]),
            report.objects[index],
            report.collisions[index],
        ]
        for index, name in enumerate(levels.names)
    ]


def example_row(example: Example) -> list[object]:
    """Split, image, annotations, what is wrong."""
    ids = ", ".join(map(str, example.annotation_ids[:8]))
    more = ", ..." if len(example.annotation_ids) > 8 else ""
    return [example.split, example.image, ids + more, example.text]


def example_table(
    examples: Sequence[Example],
) -> tuple[list[str], list[list[object]]]:
    """Headings and rows, without columns that have nothing in them."""
    rows = [example_row(example) for example in examples]
    headings = ["split", "image", "ids", "what"]
    filled = [
        place
        for place in range(len(headings))
        if any(row[place] for row in rows)
    ]
    return (
        [headings[place] for place in filled],
        [[row[place] for place in filled] for row in rows],
    )


def in_splits(problem: Finding) -> str:
    """How many there are in each split."""
    return ", ".join(f"{name} {n}" for name, n in problem.counts.items() if n)


# === A terminal ===


def problem_text(problem: Finding) -> str:
    """A problem in lines of a terminal."""
    heading = (
        f"{problem.severity}: {problem.words}: {problem.count} "
        f"({printable(in_splits(problem), LONGEST)})"
    )
    lines = _wrapped(heading, "", "  ") + _wrapped(problem.advice, "  ", "  ")
    for example in problem.examples:
        lines += _wrapped(_example_text(example), "  - ", "    ")
    if problem.examples and problem.count > _shown(problem):
        lines.append("  - ...")
    return "\n".join(lines)


def _shown(problem: Finding) -> int:
    """What the examples of a problem stand for."""
    return sum(max(1, len(one.objects)) for one in problem.examples)


def _example_text(example: Example) -> str:
    split, image, ids, text = map(str, example_row(example))
    if image:
        where = f"{printable(split, CELL)}: {printable(image, 2 * CELL)}"
        text = ": ".join(
            part
            for part in (where + (f" ({ids})" if ids else ""), text)
            if part
        )
    return printable(text, LONGEST)


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_on_hyphens=False,
    )
