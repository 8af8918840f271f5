"""Runs the benchmarks: `python -m tests.benchmarks`.

    python -m tests.benchmarks --only forward nms --python-jax PYTHON \
        --python-tensorflow PYTHON --python-torch PYTHON --mmdet PYTHON

Each `PYTHON` is an interpreter. Backends without one are run by this Python,
where it has them. Without `--only` all stages are measured, which takes about
two hours with MMDetection on two cores, and `docs/benchmarks.md` is written.
"""

import argparse
import dataclasses
import importlib
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile

from tests.benchmarks import page, paired, table
from tests.benchmarks.material import Material

STAGES = (
    "forward",
    "predict",
    "convolutions",
    "nms",
    "masks",
    "segment",
    "training_step",
    "training_memory",
    "depthwise",
    "samples",
    "loading",
    "evaluation",
    "import",
)
CHECKPOINTS = ("r50", "light_r18")
WORK = pathlib.Path(tempfile.gettempdir()) / "keras-solo-benchmarks"


def main(arguments=None):
    options = parse(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    material = Material(str(options.work), options.coco)
    material.photo(), material.training_set()
    if options.mmdet:
        make_checkpoints(material, options.mmdet)
    pythons = chosen_pythons(options)
    stages = []
    for name in options.only or STAGES:
        module = importlib.import_module(f"tests.benchmarks.bench_{name}")
        if hasattr(module, "report"):
            # Tables of its own: nothing is compared by turns.
            parts = module.report(pythons)
            print(f"\n{module.TITLE}:\n{parts[0]}", flush=True)
        else:
            parts = measure(module, pythons, options, material)
        stages.append((module, parts))
        if options.page:
            # After each stage: who interrupts keeps what was measured.
            page.write(options.page, stages)


def measure(module, pythons, options, material):
    """`(case, cells, results)` of each case of a stage, printed."""
    parts = []
    for number, case in enumerate(module.CASES):
        if options.threads:
            case = dataclasses.replace(case, threads=options.threads)
        rounds = paired.rounds_of(case, pythons, options.mmdet)
        results, failures = paired.run(
            module.__name__, number, case, rounds, material, options.turns
        )
        cells = table.rows(case, results)
        print(f"\n{module.TITLE}: {case.title}", flush=True)
        for label, error in failures.items():
            print(f"{label} failed:\n{error}")
        if results:
            print(table.as_text(cells))
            print(page.noise(results), flush=True)
            parts.append((case, cells, results))
    return parts


def chosen_pythons(options):
    """The Python of each backend that is to be measured."""
    pythons = {}
    for backend in options.backends:
        python = getattr(options, f"python_{backend}")
        if python is None and importlib.util.find_spec(backend):
            python = sys.executable
        if python is not None:
            pythons[backend] = python
    if not pythons:
        raise SystemExit(f"Expected one of {options.backends}: none is here.")
    return pythons


def make_checkpoints(material, python):
    for name in CHECKPOINTS:
        if not material.checkpoint(name).exists():
            command = ["-m", "tests.benchmarks.mmdetection", material.folder]
            coco = ["--coco", material.coco] if material.coco else []
            folders = paired.ROOT, paired.ROOT / "tests" / "fixtures"
            subprocess.run(
                [python, *command, name, *coco],
                cwd=paired.ROOT,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(map(str, folders)),
                },
                check=True,
            )


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=STAGES, metavar="STAGE")
    parser.add_argument(
        "--backends",
        nargs="+",
        choices=tuple(paired.BACKENDS),
        default=tuple(paired.BACKENDS),
    )
    for backend, name in paired.BACKENDS.items():
        parser.add_argument(
            f"--python-{backend}", metavar="PYTHON", help=f"has {name}"
        )
    parser.add_argument("--mmdet", metavar="PYTHON", help="has MMDetection")
    parser.add_argument("--coco", metavar="FOLDER", help="photos to take")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument(
        "--threads", type=int, help="cores of a process; 2 but for some stages"
    )
    parser.add_argument(
        "--work",
        type=pathlib.Path,
        default=WORK,
        help="where weights and photos are kept for the next time",
    )
    parser.add_argument(
        "--page",
        type=pathlib.Path,
        help="the page to write; without --only it is docs/benchmarks.md",
    )
    options = parser.parse_args(arguments)
    if options.page is None and not options.only:
        options.page = paired.ROOT / "docs" / "benchmarks.md"
    return options


if __name__ == "__main__":
    main()
