"""`python -m tests.fuzz KIND`."""

import argparse
import importlib
import sys

import tests.fuzz
from tests.fuzz import cases

KINDS = (
    *("annotations", "checkpoints", "formats", "images", "presets"),
    *("weights", "known_ends"),
)


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=tests.fuzz.__doc__
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    options = parser.parse_args()
    module = importlib.import_module(f"tests.fuzz.{options.kind}")
    if hasattr(module, "prepare"):
        module.prepare()  # once, for all processes
    most = getattr(module, "MOST", options.first + options.count)
    seeds = range(options.first, min(options.first + options.count, most))
    return int(cases.report(cases.run(module.case, seeds, module.LIMITS)) > 0)


if __name__ == "__main__":
    sys.exit(main())
