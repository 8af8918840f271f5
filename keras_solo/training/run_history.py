"""The figures of each epoch, in a file: written, read, shortened."""

import csv
import io
import math
import pathlib

import keras

from keras_solo.training.write_whole import write_whole


class WriteHistory(keras.callbacks.Callback):
    """Adds the logs of each epoch to a file, as Keras's `CSVLogger` does.

    The file is closed after each row: `CSVLogger` leaves it open when an
    error ends the training. What is not in the logs is "NA"; names that come
    later than the first row are left out.

    Args:
        path: The file; rows that are there stay.
    """

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__()
        self.path = path

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        logs = logs or {}
        rows = _read_rows(self.path)[:1]
        names = rows[0] if rows else ["epoch", *sorted(logs)]
        values = {"epoch": epoch, **logs}
        row = [values.get(name, "NA") for name in names]
        with open(self.path, "a", newline="") as file:
            csv.writer(file).writerows([row] if rows else [names, row])


def read_curves(path: pathlib.Path) -> dict[str, list[float]]:
    """The curves in a file of `WriteHistory`.

    Args:
        path: The file; it need not exist.

    Returns:
        Names to values, one an epoch; NaN where nothing was logged.
    """
    names, *rows = _read_rows(path) or [[]]
    columns = zip(*rows, strict=True)
    return {
        name: [_number(text) for text in column]
        for name, column in zip(names, columns, strict=False)
        if name != "epoch"
    }


def best_of(
    curves: dict[str, list[float]], monitor: str, mode: str
) -> tuple[int, float] | None:
    """The best epoch of a curve, the first of equals.

    Args:
        curves: Of `read_curves`.
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


def forget_rows_after(path: pathlib.Path, epochs: int) -> None:
    """Leaves out what was logged but not backed up, and comes again.

    Args:
        path: The file of `WriteHistory`; it need not exist.
        epochs: Completed epochs: so many rows stay at most.
    """
    rows = _read_rows(path)
    if not rows:
        return
    place = rows[0].index("epoch") if "epoch" in rows[0] else 0
    kept = [row for row in rows[1:] if _number(row[place]) < epochs]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([rows[0], *kept])
    write_whole(path, text.getvalue())


def _read_rows(path: pathlib.Path) -> list[list[str]]:
    """The header and the rows that are as long: others were cut off."""
    if not path.is_file():
        return []
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    return [row for row in rows if row and len(row) == len(rows[0])]


def _number(text: str) -> float:
    """ "NA" is what is not in the logs."""
    try:
        return float(text)
    except ValueError:
        return math.nan
