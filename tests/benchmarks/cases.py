"""What a benchmark is: two functions that are timed against each other."""

import dataclasses
from collections.abc import Callable

from tests.benchmarks.material import Material

MMDETECTION = "MMDetection"
# Makes models and inputs, and returns the function that is timed. What that
# returns first, a number or None, is printed: both sides should agree.
Start = Callable[[Material], Callable[[], object]]


@dataclasses.dataclass(frozen=True)
class Case:
    """One line of the page for each side.

    Args:
        title: What is done, with its sizes.
        ours: Run in a process of its own for each backend.
        theirs: What it is compared with, or None.
        rival: `MMDETECTION`: `theirs` is run by the Python that has it.
            Otherwise a name for what is run by our own, on each backend.
        calls: Timed calls in a turn.
        threads: Cores that a process may use.
        any_backend: Whether the backend does not matter: NumPy and OpenCV.
        memory: Whether the process's memory is that of the work.
    """

    title: str
    ours: Start
    theirs: Start | None = None
    rival: str = MMDETECTION
    calls: int = 1
    threads: int = 2
    any_backend: bool = False
    memory: bool = True
