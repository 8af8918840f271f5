"""How long each stage takes: figures that print as a table."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Sequence

from keras_solo.geometry.size import Size

HEADINGS = ("stage", "ms an image", "images a second")


@dataclasses.dataclass(frozen=True, repr=False)
class BenchmarkResult:
    """What `benchmark` measured; it prints as a table.

    Args:
        name: The model's name.
        original_size: (height, width) of the photo in pixels.
        canvas_size: (height, width) of its canvas in pixels.
        batch_size: Images that passed the network together.
        instances: Instances that were found in the photo.
        seconds: Seconds an image of each stage, and of the whole `segment`.
        first_call: Seconds of the first `segment` of a batch, which compiles.
        peak_megabytes: The most memory that the process ever had, in units of
            10**6 bytes; None where the system does not tell.
        machine: Versions, backend, device.

    Example:

    >>> BenchmarkResult(
    ...     name="solov2",
    ...     original_size=(480, 640),
    ...     canvas_size=(448, 608),
    ...     batch_size=1,
    ...     instances=3,
    ...     seconds={"read": 0.002, "segment": 0.25},
    ...     first_call=9.5,
    ...     peak_megabytes=1234.5,
    ...     machine={"backend": "jax 0.8", "device": "cpu:0"},
    ... )
    solov2: photo 480 x 640, canvas 448 x 608, batch size 1, 3 instances
    <BLANKLINE>
    stage    ms an image  images a second
    read             2.0            500.0
    segment        250.0              4.0
    <BLANKLINE>
    first call: 9.50 s; peak memory of the process: 1234 MB
    backend jax 0.8; device cpu:0
    """

    name: str
    original_size: Size
    canvas_size: Size
    batch_size: int
    instances: int
    seconds: dict[str, float]
    first_call: float
    peak_megabytes: float | None
    machine: dict[str, str]

    @property
    def images_per_second(self) -> dict[str, float]:
        """Images a second of each stage, and of the whole `segment`."""
        return {
            stage: 1 / seconds if seconds > 0 else float("inf")
            for stage, seconds in self.seconds.items()
        }

    def to_dict(self) -> dict[str, object]:
        """All figures, as JSON can hold them."""
        return dataclasses.asdict(self)

    def __repr__(self) -> str:
        rates = self.images_per_second
        rows = [HEADINGS] + [
            (stage, f"{seconds * 1e3:.1f}", _rate(rates[stage]))
            for stage, seconds in self.seconds.items()
        ]
        megabytes = self.peak_megabytes
        peak = "unknown" if megabytes is None else f"{megabytes:.0f} MB"
        lines = [
            f"{self.name}: photo {_sides(self.original_size)}, canvas "
            f"{_sides(self.canvas_size)}, batch size {self.batch_size}, "
            f"{self.instances} instances",
            "",
            *_table(rows),
            "",
            f"first call: {self.first_call:.2f} s; peak memory of the "
            f"process: {peak}",
            textwrap.fill(
                "; ".join(f"{key} {it}" for key, it in self.machine.items()),
                width=79,
            ),
        ]
        return "\n".join(lines)


def _rate(rate: float) -> str:
    """What took no time that could be measured is a dash."""
    return "-" if rate == float("inf") else f"{rate:.1f}"


def _sides(size: Size) -> str:
    return f"{size[0]} x {size[1]}"


def _table(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    names, *columns = (
        [row[place] for row in rows] for place in range(len(HEADINGS))
    )
    first = max(map(len, names))
    widths = [max(map(len, column)) for column in columns]
    return [
        "  ".join(
            [name.ljust(first)]
            + [cell.rjust(n) for cell, n in zip(cells, widths, strict=True)]
        )
        for name, *cells in rows
    ]
