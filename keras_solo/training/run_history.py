"""The figures of each epoch, as the text of a CSV file."""

import csv
import io
import math
from collections.abc import Mapping

Curves = dict[str, list[float]]


def with_row(text: str, epoch: int, logs: Mapping[str, float]) -> str:
    """Adds the figures of an epoch.

    Args:
        text: What there is, or "".
        epoch: Counted from 1.
        logs: Names to values. Names that are new get a column, and what was
            not measured is left empty.

    Example:

    >>> text = with_row("", 1, {"loss": 2.5})
    >>> print(with_row(text, 2, {"loss": 2.0, "val_mask_ap": 0.25}).strip())
    epoch,loss,val_mask_ap
    1,2.5,
    2,2.0,0.25
    """
    rows = [*csv.DictReader(io.StringIO(text, newline=""))]
    rows.append({"epoch": epoch, **logs})
    names = dict.fromkeys(name for row in rows for name in row)
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def curves_in(text: str) -> Curves:
    """The curves in a text of `with_row`.

    Args:
        text: Of all epochs.

    Returns:
        Names to values, one an epoch; NaN where nothing was measured.
    """
    rows = [*csv.DictReader(io.StringIO(text, newline=""))]
    names = [name for name in (rows[0] if rows else {}) if name != "epoch"]
    return {name: [_number(row[name]) for row in rows] for name in names}


def last_of(curves: Curves) -> dict[str, float]:
    """The last figure of each curve that was measured.

    Args:
        curves: Of `curves_in`.

    Example:

    >>> last_of({"loss": [3.0, 1.0], "val_mask_ap": [0.5, float("nan")]})
    {'loss': 1.0, 'val_mask_ap': 0.5}
    """
    known = {
        name: [value for value in values if not math.isnan(value)]
        for name, values in curves.items()
    }
    return {name: values[-1] for name, values in known.items() if values}


def best_of(
    curves: Curves, monitor: str, mode: str
) -> tuple[int, float] | None:
    """The best epoch of a curve, the first of equals.

    Args:
        curves: Of `curves_in`.
        monitor: The curve's name.
        mode: `"max"` if more is better, `"min"` if less is.

    Returns:
        (epoch counted from 1, value), or None where nothing was logged.

    Example:

    >>> best_of({"loss": [3.0, 1.0, 1.0]}, "loss", "min")
    (2, 1.0)
    """
    known = [
        (value, -epoch)
        for epoch, value in enumerate(curves.get(monitor, []), start=1)
        if not math.isnan(value)
    ]
    if not known:
        return None
    sign = 1 if mode == "max" else -1
    value, epoch = max(known, key=lambda pair: (sign * pair[0], pair[1]))
    return -epoch, value


def mode_of(monitor: str) -> str:
    """`"min"` for losses, `"max"` for what is not one."""
    return "min" if monitor.endswith("loss") else "max"


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan
