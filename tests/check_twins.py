"""Checks that each file's own test covers it: `python -m tests.check_twins`.

For every file of the package its twin in `tests/` runs alone, in a process of
its own, and must execute at least 80 % of the file's lines (40 % in `_backend`,
where the others are of other backends). Takes some
minutes; arguments are the files to look at, all by default.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = ROOT / "keras_solo"
LEAST = 80.0
# Each backend runs its own part of these.
LEAST_OF_A_BACKEND = 40.0
# Entrances without code of their own.
WITHOUT = {"__init__.py", "__main__.py"}


def files():
    """All files that have a twin."""
    found = sorted(PACKAGE.rglob("*.py"))
    return [path for path in found if path.name not in WITHOUT]


def least(path):
    """Per cent of a file's lines that its twin must execute."""
    of_a_backend = path.parent.name == "_backend" and path.stem != "choice"
    return LEAST_OF_A_BACKEND if of_a_backend else LEAST


def twin(path):
    """Where the test of a file is."""
    inside = path.relative_to(PACKAGE)
    name = f"test_{inside.name.removeprefix('_')}"
    return ROOT / "tests" / inside.parent / name


def coverage_of(path):
    """Per cent of a file's lines that its twin alone executes.

    Raises:
        RuntimeError: If the twin fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        measure = ["coverage", "run", f"--include={path}", "-m"]
        test = ["pytest", "-n", "0", "-q", "-p", "no:cacheprovider"]
        _run([*measure, *test, str(twin(path))], folder)
        _run(["coverage", "json", "-q", "-o", f"{folder}/report.json"], folder)
        report = pathlib.Path(folder, "report.json").read_text()
    return json.loads(report)["totals"]["percent_covered"]


def _run(arguments, folder):
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "COVERAGE_FILE": f"{folder}/coverage",
            "PYTHONPATH": str(ROOT),
        },
    )
    if done.returncode:
        raise RuntimeError(f"{arguments}:\n{done.stdout}\n{done.stderr}")


def main(chosen):
    chosen = [pathlib.Path(path).resolve() for path in chosen] or files()
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = {path: pool.submit(coverage_of, path) for path in chosen}
        for path, future in waiting.items():
            name = path.relative_to(PACKAGE)
            try:
                covered = future.result()
            except RuntimeError as error:
                covered = float("nan")
                print(f"{name}: its twin failed: {error}")
            enough = covered >= least(path)
            wrong += not enough
            mark = "" if enough else "   too little"
            print(f"{covered:6.1f} %  {name}{mark}", flush=True)
    print(f"{len(chosen)} files, {wrong} of them covered too little.")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
