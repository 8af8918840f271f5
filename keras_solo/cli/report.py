"""What several commands print and draw."""

import math
import os
import sys
import textwrap
from collections.abc import Mapping, Sequence

from keras_solo._backend import choice
from keras_solo._printable import printable
from keras_solo.visualization import draw_curves

# What `evaluate_coco` returns.
Scores = Mapping[str, float | dict[str, float]]

# Characters of a cell of a table, such as the name of a class.
LONGEST = 40
COLUMNS = {
    "AP": "ap",
    "AP50": "ap50",
    "AP75": "ap75",
    "small": "ap_small",
    "medium": "ap_medium",
    "large": "ap_large",
    "AR100": "ar100",
}


def say_backend() -> None:
    """Says which backend was chosen, where nobody had chosen one."""
    if choice.chosen is not None:
        print(
            f"keras-solo: on {choice.chosen}, the first backend that is "
            "installed (KERAS_BACKEND chooses another)",
            file=sys.stderr,
        )


def say(text: str) -> None:
    """Prints a paragraph, on lines of 79 characters."""
    lines = [
        textwrap.fill(line, 79, break_long_words=False, break_on_hyphens=False)
        for line in map(printable, text.split("\n"))
    ]
    print("\n".join(lines), flush=True)


def counted(number: int, what: str) -> str:
    """A number of things.

    Example:

    >>> counted(1, "image"), counted(3, "image")
    ('1 image', '3 images')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Lines of a table whose first row and column are headings."""
    rows = [[printable(cell, LONGEST) for cell in row] for row in rows]
    widths = [
        max(len(cell) for cell in column) for column in zip(*rows, strict=True)
    ]
    lines = []
    for name, *cells in rows:
        padded = [name.ljust(widths[0])]
        padded += [
            cell.rjust(width)
            for cell, width in zip(cells, widths[1:], strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def scores_table(scores: Scores) -> str:
    """Mask and box figures, one line each.

    Args:
        scores: What `evaluate_coco` returns.
    """
    rows = [["", *COLUMNS]]
    for kind in ("mask", "box"):
        figures = [scores[f"{kind}_{name}"] for name in COLUMNS.values()]
        rows.append([kind, *map(_cell, figures)])
    return table(rows)


def classes_table(scores: Scores) -> str:
    """Mask and box AP of each class, the best first.

    Args:
        scores: What `evaluate_coco(..., per_class=True)` returns.
    """
    masks, boxes = scores["mask_ap_per_class"], scores["box_ap_per_class"]
    rows = [["class", "mask AP", "box AP"]]
    if isinstance(masks, dict) and isinstance(boxes, dict):
        order = sorted(masks, key=lambda name: _best_first(masks[name]))
        rows += [
            [name, _cell(masks[name]), _cell(boxes[name])] for name in order
        ]
    return table(rows)


def _best_first(figure: float) -> tuple[bool, float]:
    return math.isnan(figure), -figure


def _cell(figure: float | dict[str, float]) -> str:
    """What there is no annotation for is a dash."""
    if isinstance(figure, dict) or math.isnan(figure):
        return "-"
    return f"{figure:.3f}"


def save_curves(
    history: Mapping[str, Sequence[float]],
    path: str | os.PathLike[str],
    title: str | None = None,
) -> None:
    """Draws the curves of a training, where matplotlib is installed.

    Args:
        history: Names to values, one an epoch.
        path: The picture to write.
        title: Written above.
    """
    try:
        draw_curves(history, title=title).save(path)
    except ImportError:
        say('No curves: pip install "keras-solo[plot]" draws them.')
