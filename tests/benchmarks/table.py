"""Results as lines of text, for the terminal and for the page."""

COLUMNS = (
    "",
    "ms",
    "least",
    "ratio",
    "core ms",
    "ratio",
    "memory, MB",
    "ratio",
    "with start, MB",
    "first, s",
    "answer",
)


def rows(case, results):
    """The cells of each side of a case, below `COLUMNS`."""
    by_label = {result.side.label: result for result in results}
    return [
        row(case, result, by_label.get(result.side.rival)) for result in results
    ]


def row(case, result, rival):
    end = result.end
    memory = ("–", "–", "–")
    if case.memory:
        memory = (
            f"{end['peak']:,.0f}",
            ratio(end["peak"], rival and rival.end["peak"]),
            f"{end['whole_peak']:,.0f}",
        )
    return (
        result.side.label,
        milliseconds(result.seconds),
        milliseconds(result.least),
        ratio(result.seconds, rival and rival.seconds),
        milliseconds(result.core_seconds),
        ratio(result.core_seconds, rival and rival.core_seconds),
        *memory,
        f"{result.ready['first']:.1f}",
        answer(result.ready["answer"]),
    )


def milliseconds(seconds):
    value = 1e3 * seconds
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(ours, theirs):
    return "" if theirs is None else f"{ours / theirs:.2f}"


def answer(value):
    if value is None:
        return ""
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def as_text(cells):
    """Columns under one another."""
    lines = [COLUMNS, *cells]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(
                zip(line, widths, strict=True)
            )
        ).rstrip()
        for line in lines
    )


def as_markdown(cells):
    rule = ("---", *("---:" for _ in COLUMNS[1:]))
    lines = [COLUMNS, rule, *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
