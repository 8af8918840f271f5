"""Checks that each file's own test covers it: `python -m tests.check_twins`.

For every file of the package its twin in `tests/` runs alone, in a process of
its own, and must execute at least 80 % of the file's lines (40 % in `_backend`,
where the others are of other backends). Takes some minutes; arguments are the
files to look at, all by default. Files whose code is JAX's are left out on the
other backends; on JAX they must reach 80 %.

After `TWIN_COVERAGE=FOLDER pytest`, `--measured FOLDER` takes what each test
executed in the whole suite, and runs nothing again.
"""

import argparse
import concurrent.futures
import importlib
import json
import multiprocessing
import os
import pathlib
import sys
import tempfile

import coverage
import pytest

from tests.twin_coverage import percentages

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = ROOT / "keras_solo"
LEAST = 80.0
# Each backend runs its own part of these.
LEAST_OF_A_BACKEND = 40.0
# Elsewhere they only call Keras, or do nothing.
OF_ONE_BACKEND = {
    "jax": {
        "_backend/kept_state.py",
        "_backend/rematerialize.py",
        "_backend/resampling.py",
    },
    "tensorflow": {
        "adapters/keras_hub/instance_segmenter.py",
        "adapters/keras_hub/preprocessor.py",
        "export/export.py",
        "export/frozen.py",
        "export/litert.py",
        "export/onnx_file.py",
        "export/onnx_weights.py",
        "export/openvino_file.py",
        "export/saved_model.py",
    },
}
# Loaded once, before a process for each file comes into being: none of ours.
LOADED = ["cv2", "keras", "matplotlib.pyplot", "numpy", "pycocotools.mask"]
# Entrances without code of their own.
WITHOUT = {"__init__.py", "__main__.py"}


def files():
    """All files that have a twin."""
    found = sorted(PACKAGE.rglob("*.py"))
    return [path for path in found if path.name not in WITHOUT]


def least(path):
    """Per cent of a file's lines that its twin must execute."""
    whole = owner(path) or path.name == "choice.py"
    of_a_backend = path.parent.name == "_backend" and not whole
    return LEAST_OF_A_BACKEND if of_a_backend else LEAST


def owner(path):
    """The backend on which alone a file's code runs, or None."""
    name = path.relative_to(PACKAGE).as_posix()
    for backend, names in OF_ONE_BACKEND.items():
        if name in names:
            return backend
    return None


def twin(path):
    """Where the test of a file is."""
    inside = path.relative_to(PACKAGE)
    name = f"test_{inside.name.removeprefix('_')}"
    return ROOT / "tests" / inside.parent / name


def coverage_of(path, processes):
    """Per cent of a file's lines that its twin alone executes.

    Raises:
        RuntimeError: If the twin fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        process = processes.Process(
            target=run_twin, args=(str(path), str(twin(path)), folder)
        )
        process.start()
        process.join()
        if process.exitcode:
            output = pathlib.Path(folder, "output.txt").read_text()
            raise RuntimeError(f"exit code {process.exitcode}:\n{output}")
        report = pathlib.Path(folder, "report.json").read_text()
    return json.loads(report)["totals"]["percent_covered"]


def run_twin(path, test, folder):
    """Runs a test in this process; leaves `report.json`, or what it said."""
    output = os.open(f"{folder}/output.txt", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(ROOT)
    measured = coverage.Coverage(data_file=None, include=[path])
    measured.start()
    code = pytest.main(["-n", "0", "-q", "-p", "no:cacheprovider", test])
    measured.stop()
    if code:
        sys.exit(int(code))
    measured.json_report(outfile=f"{folder}/report.json")


def alone(chosen):
    """What each twin covers when it runs alone, as it is known."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(LOADED)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = {
            path: pool.submit(coverage_of, path, processes) for path in chosen
        }
        for path, future in waiting.items():
            try:
                yield path, future.result()
            except RuntimeError as error:
                print(f"{path.relative_to(PACKAGE)}: its twin failed: {error}")
                yield path, float("nan")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.check_twins")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--measured", metavar="FOLDER")
    options = parser.parse_args()
    # It chooses a backend, which all processes inherit.
    importlib.import_module("keras_solo")
    backend = importlib.import_module("keras").backend.backend()
    chosen = [path.resolve() for path in options.files] or [
        path for path in files() if owner(path) in (None, backend)
    ]
    if options.measured:
        twins = {path: twin(path) for path in chosen}
        found = percentages(options.measured, twins).items()
    else:
        found = alone(chosen)
    wrong = 0
    for path, covered in found:
        enough = covered >= least(path)
        wrong += not enough
        mark = "" if enough else "   too little"
        name = path.relative_to(PACKAGE)
        print(f"{covered:6.1f} %  {name}{mark}", flush=True)
    print(f"{len(chosen)} files, {wrong} of them covered too little.")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
