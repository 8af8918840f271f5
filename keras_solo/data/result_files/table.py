"""A table of all instances, as comma-separated values."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Iterator

from keras_solo.data.instance_arrays import each_track
from keras_solo.data.result_files.growing_file import growing_file
from keras_solo.data.result_files.result import Result, ResultKind

COLUMNS = (
    *("file", "frame", "time", "instance", "track", "class", "score"),
    *("x1", "y1", "x2", "y2", "area", "center_x", "center_y"),
)


class Table(ResultKind):
    """`results.csv`: a header, and a row for each instance.

    What is not known is empty: frame and time of images, tracks where none
    are followed.
    """

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Writes the header first."""
        with growing_file(self.path("results.csv")) as self._file:
            self._file.write(_lines([COLUMNS]))
            yield

    @contextlib.contextmanager
    def video(self, name: str, fps: float) -> Iterator[None]:
        """After an error there is no row of any of its frames."""
        with self._file.all_or_nothing():
            yield

    def add(self, result: Result) -> None:
        """Writes a row for each instance."""
        self._file.write(_lines(_rows(result)))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    found = result.instances
    time = None if result.time is None else round(result.time, 6)
    start = result.source, result.frame, time
    columns = (
        each_track(found.track_ids, len(found)),
        found.names,
        found.scores,
        found.boxes,
        found.areas,
        found.centers.round(3),
    )
    for number, row in enumerate(zip(*columns, strict=True), start=1):
        track, name, score, box, area, center = row
        yield (*start, number, track, name, score, *box, area, *center)


def _lines(rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
