"""What `check_dataset` found: for a terminal, for programs, as a page."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

from keras_solo._printable import counted
from keras_solo.data.dataset_tables import (
    CELL,
    SPLIT_HEADINGS,
    SplitCounts,
    example_table,
    in_splits,
    level_rows,
    problem_text,
)
from keras_solo.data.example_pictures import example_pictures
from keras_solo.data.findings import SEVERITIES, Finding, Severity
from keras_solo.data.levels_report import LevelsReport
from keras_solo.data.suggested_settings import SuggestedSettings
from keras_solo.geometry.size import Size
from keras_solo.visualization import Page
from keras_solo.visualization.bars import draw_bars
from keras_solo.visualization.text_table import text_table

# Classes in a terminal; examples of a problem that have pictures on a page.
CLASSES, PICTURED = 10, 2


@dataclasses.dataclass(frozen=True)
class DatasetReport:
    """What `check_dataset` found. Print it.

    Args:
        class_names: Of all splits, label by label.
        splits: What is in each split.
        class_counts: Of each split the number of objects of each label.
        sizes: How many objects are of which size, the square root of their
            mask's area in canvas pixels; from "0-4" to "512-".
        levels: What the levels make of the objects.
        suggestion: Levels and settings that lose fewer.
        problems: What is wrong, the worst first.

    Example:

    >>> from keras_solo.data import ShapesDataset, check_dataset
    >>> report = check_dataset(ShapesDataset(num_images=8))
    >>> report.num("error"), report.num("warning")
    (0, 1)
    """

    class_names: tuple[str, ...]
    splits: tuple[SplitCounts, ...]
    class_counts: Mapping[str, Sequence[int]]
    sizes: Mapping[str, int]
    levels: LevelsReport
    suggestion: SuggestedSettings
    problems: tuple[Finding, ...]

    @property
    def image_size(self) -> Size:
        """(height, width) of the canvas that was looked at."""
        return self.levels.image_size

    def num(self, severity: Severity) -> int:
        """How many kinds of problems there are: "error", "warning", "note"."""
        return sum(one.severity == severity for one in self.problems)

    def to_dict(self) -> dict[str, object]:
        """All of it, as JSON can hold it."""
        found = self.levels
        return {
            "image_size": list(self.image_size),
            "class_names": list(self.class_names),
            "splits": [split._asdict() for split in self.splits],
            "class_counts": {
                name: list(counts) for name, counts in self.class_counts.items()
            },
            "sizes": dict(self.sizes),
            "levels": {
                "grid_sizes": list(found.levels.grid_sizes),
                "ranges": [
                    [low, high if math.isfinite(high) else "inf"]
                    for low, high in found.levels.ranges
                ],
                "objects": list(found.objects),
                "collisions": list(found.collisions),
                "hidden": found.hidden,
                "unassigned": found.unassigned,
            },
            "suggestion": self.suggestion.to_dict(),
            "problems": [one.to_dict() for one in self.problems],
        }

    # === Tables ===

    def _split_rows(self) -> list[list[object]]:
        return [list(split) for split in self.splits]

    def _class_rows(self) -> list[list[object]]:
        """Classes, those with the fewest objects first."""
        train = self.class_counts[self._train]
        return [
            [
                self.class_names[label],
                *(counts[label] for counts in self.class_counts.values()),
            ]
            for label in sorted(range(len(train)), key=train.__getitem__)
        ]

    @property
    def _train(self) -> str:
        names = list(self.class_counts)
        return "train" if "train" in names else names[0]

    def _verdict(self) -> str:
        """How many problems of each severity."""
        numbers = [
            counted(self.num(severity), severity) for severity in SEVERITIES
        ]
        return f"{', '.join(numbers)} (kinds of problems)"

    # === A terminal ===

    def __str__(self) -> str:
        classes = self._class_rows()
        more = len(classes) - CLASSES
        parts = [
            text_table(SPLIT_HEADINGS, self._split_rows(), CELL),
            text_table(["class", *self.class_counts], classes[:CLASSES], CELL)
            + (f"\n... and {more} classes with more" if more > 0 else ""),
            text_table(
                ["object size (px)", "objects"],
                [list(row) for row in self.sizes.items()],
            ),
            str(self.levels),
            f"Proposed settings:\n{self.suggestion}",
            *map(problem_text, self.problems),
            self._verdict(),
        ]
        return "\n\n".join(parts)

    # === A page ===

    def to_page(self, title: str = "Dataset") -> Page:
        """All of it with pictures, in one HTML file that opens offline.

        Args:
            title: The heading.

        Returns:
            A page; `page.save("report.html")`.
        """
        page = Page(title)
        page.add_text(self._verdict())
        page.add_table(
            ["kind", "problem", "count", "in"],
            [
                [one.severity, one.words, one.count, in_splits(one)]
                for one in self.problems
            ],
        )
        page.add_heading("Splits")
        page.add_table(SPLIT_HEADINGS, self._split_rows())
        for problem in self.problems:
            self._add_problem(page, problem)
        self._add_objects(page)
        return page

    def _add_problem(self, page: Page, problem: Finding) -> None:
        page.add_heading(
            f"{problem.severity}: {problem.words}: {problem.count}"
        )
        page.add_text(problem.advice)
        page.add_table(*example_table(problem.examples))
        pictures = [
            picture
            for example in problem.examples[:PICTURED]
            for picture in example_pictures(example, self.class_names)
        ]
        if pictures:
            page.add_pictures(pictures)

    def _add_objects(self, page: Page) -> None:
        height, width = self.image_size
        page.add_heading("Objects")
        page.add_text(
            "Sizes are square roots of mask areas, in pixels of a canvas of "
            f"{height} x {width}."
        )
        page.add_pictures([(draw_bars(self.sizes), "Objects of each size")])
        page.add_heading("Classes")
        page.add_table(["class", *self.class_counts], self._class_rows())
        page.add_heading("Levels")
        page.add_table(
            ["level", "grid", "sizes (px)", "objects", "cells in collision"],
            level_rows(self.levels),
        )
        page.add_heading("Proposed settings")
        page.add_text(self.suggestion.heading())
        heading, *rows = self.suggestion.rows()
        page.add_table(heading, rows)
