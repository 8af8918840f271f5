"""Runs the sides of a case, each in its own process, by turns."""

import contextlib
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

from tests.benchmarks.cases import MMDETECTION

ROOT = pathlib.Path(__file__).parents[2]
BACKENDS = {"jax": "JAX", "tensorflow": "TensorFlow", "torch": "PyTorch"}


class SideFailed(Exception):
    """A side's process ended; the message is the end of what it printed."""


@dataclasses.dataclass(frozen=True)
class Side:
    """Who runs a case.

    Args:
        label: What the table calls it.
        role: `"ours"` or `"theirs"`.
        python: The interpreter.
        backend: The Keras backend, or None.
        rival: The label of the side that it is compared with, or None.
    """

    label: str
    role: str
    python: str
    backend: str | None = None
    rival: str | None = None


@dataclasses.dataclass(frozen=True)
class Result:
    """What one side's process said."""

    side: Side
    ready: dict
    turns: list
    end: dict

    @property
    def seconds(self):
        """The median of the turns, each the median of its calls."""
        return statistics.median(self.turn_seconds)

    @property
    def turn_seconds(self):
        return [statistics.median(turn["seconds"]) for turn in self.turns]

    @property
    def least(self):
        return min(second for turn in self.turns for second in turn["seconds"])

    @property
    def core_seconds(self):
        return statistics.median(turn["core_seconds"] for turn in self.turns)

    @property
    def others(self):
        """The part of all cores that other processes used meanwhile."""
        return statistics.mean(turn["others"] for turn in self.turns)

    @property
    def waited(self):
        """Seconds of a core between two turns, at most."""
        return max(turn["waited"] for turn in self.turns)


def rounds_of(case, pythons, mmdet=None):
    """The sides of a case that take turns with each other.

    Each of ours has a round with its rival and nobody else: the memory of a
    third process that waits was seen to slow down one side and not the other.

    Args:
        case: A `Case`.
        pythons: The Python of each backend that ours is run on.
        mmdet: The Python that has MMDetection, or None.
    """
    rounds = []
    for backend, python in pythons.items():
        name = "all backends" if case.any_backend else BACKENDS[backend]
        rival = rival_of(case, name, python, backend, mmdet)
        label = rival and rival.label
        ours = Side(name, "ours", python, backend, label)
        rounds.append([ours, rival] if rival else [ours])
        if case.any_backend:
            break
    return rounds


def rival_of(case, name, python, backend, mmdet):
    """Who takes turns with ours, or None."""
    if case.theirs is None:
        return None
    if case.rival != MMDETECTION:
        return Side(f"{name}: {case.rival}", "theirs", python, backend)
    return mmdet and Side(f"{MMDETECTION}, beside {name}", "theirs", mmdet)


def run(module, number, case, rounds, material, turns):
    """Results of all sides that did not fail, and what the others said.

    Args:
        module: The name of the module that has the case.
        number: Which of its `CASES`.
        case: That case.
        rounds: Who runs it, lists of sides; one list after the other.
        material: A `Material`.
        turns: How many each side gets.
    """
    results, failures = [], {}
    for sides in rounds:
        found, failed = run_round(
            [module, number], case, sides, material, turns
        )
        results += found
        failures |= failed
    return results, failures


def run_round(place, case, sides, material, turns):
    processes, failures = [], {}
    try:
        for side in sides:
            command = [*place, side.role, case.threads]
            try:
                processes.append(Process(side, command, material))
            except SideFailed as error:
                failures[side.label] = str(error)
        for _ in range(turns):
            for process in processes:
                process.turn()
        return [process.result() for process in processes], failures
    finally:
        for process in processes:
            process.close()


class Process:
    """A side's process, which is ready: it has made its first calls."""

    def __init__(self, side, command, material):
        self.side = side
        self.turns = []
        self.errors = tempfile.TemporaryFile("w+")
        arguments = [*command, json.dumps(dataclasses.asdict(material))]
        self.process = subprocess.Popen(
            [side.python, "-m", "tests.benchmarks.child", *map(str, arguments)],
            cwd=ROOT,
            env=environment(side, command[-1]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        try:
            self.ready = self.said()
        except SideFailed:
            self.close()
            raise

    def said(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            raise SideFailed(self.errors.read()[-2000:])
        return json.loads(line)

    def turn(self):
        self.process.stdin.write("turn\n")
        self.process.stdin.flush()
        self.turns.append(self.said())

    def result(self):
        self.process.stdin.close()
        return Result(self.side, self.ready, self.turns, self.said())

    def close(self):
        """Ends the process, if it has not ended."""
        if self.process.poll() is None and not self.process.stdin.closed:
            self.process.kill()
        self.process.wait()
        # Without flushing what nobody reads any more.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()


def environment(side, threads):
    """The same number of threads for everybody, and no GPU."""
    folders = [ROOT]
    if side.backend is None:
        folders.append(ROOT / "tests" / "fixtures")
    threads = dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "TF_NUM_INTRAOP_THREADS",
            "TF_NUM_INTEROP_THREADS",
        ),
        str(threads),
    )
    return {
        **os.environ,
        **threads,
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "KERAS_BACKEND": side.backend or "",
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
