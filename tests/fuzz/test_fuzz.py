"""Some hundred odd files of each kind; `python -m tests.fuzz` has more."""

import os
import pathlib
import subprocess
import sys

import keras
import pytest

from tests.backend_use import once

ROOT = pathlib.Path(__file__).parents[2]


def fuzz(kind, count):
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz", kind, "--count", str(count)],
        cwd=ROOT,
        # A process that was forked cannot use the threads of the one before.
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )


def test_every_end_is_seen():
    done = fuzz("known_ends", 8)
    assert done.returncode == 1
    head, *wrong = done.stdout.splitlines()
    assert head.startswith("8 cases: ")
    for part in ("'read': 2", "'refused': 1", "'exception': 1", "'crash': 2"):
        assert part in head
    assert "'slow': 1" in head and "'large': 1" in head
    assert [line.split(":")[0] for line in wrong] == [
        f"  seed {seed}" for seed in (2, 3, 4, 5, 6)
    ]
    assert "OverflowError: too large" in wrong[0]
    assert "exit code -11" in wrong[1] and "exit code -9" in wrong[4]


on_torch = pytest.mark.skipif(
    keras.backend.backend() != "torch",
    reason="Compiling takes longer than a case may.",
)


@once
@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("annotations", 500),
        ("formats", 200),
        ("images", 400),
        pytest.param("presets", 30, marks=on_torch),
        pytest.param("weights", 20, marks=on_torch),
        pytest.param("checkpoints", 20, marks=on_torch),
    ],
)
def test_odd_files(kind, count):
    done = fuzz(kind, count)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{count} cases: ")
