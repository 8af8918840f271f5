"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from keras_solo._printable import printable


def text_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    longest: int = 40,
) -> str:
    """Lines of a table whose first column is words.

    Args:
        headings: One for each column.
        rows: The cells of each row.
        longest: Characters of a cell that are kept.

    Example:

    >>> print(text_table(["class", "objects"], [["cat", 12]]))
    class  objects
    cat         12
    """
    lines = [
        [printable(str(cell), longest) for cell in row]
        for row in (headings, *rows)
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(
                zip(line, widths, strict=True)
            )
        ).rstrip()
        for line in lines
    )
