"""What several commands print and draw."""

import math
import os
import sys
import textwrap
from collections.abc import Mapping, Sequence

from keras_solo._backend import choice
from keras_solo._printable import printable
from keras_solo.visualization import draw_curves
from keras_solo.visualization.text_table import text_table

# What `evaluate_coco` returns.
Scores = Mapping[str, float | dict[str, float]]

COLUMNS = {
    "AP": "ap",
    "AP50": "ap50",
    "AP75": "ap75",
    "small": "ap_small",
    "medium": "ap_medium",
    "large": "ap_large",
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


def scores_table(scores: Scores, max_detections: int = 100) -> str:
    """Mask and box figures, one line each.

    Args:
        scores: What `evaluate_coco` returns.
        max_detections: What it was told.
    """
    names = {**COLUMNS, f"AR{max_detections}": f"ar{max_detections}"}
    rows = [["", *names]]
    for kind in ("mask", "box"):
        figures = [scores[f"{kind}_{name}"] for name in names.values()]
        rows.append([kind, *map(_cell, figures)])
    return text_table(rows[0], rows[1:])


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
