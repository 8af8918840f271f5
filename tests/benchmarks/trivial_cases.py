"""Cases that take no time, to test what runs them.

The first writes into a file whose turn it is.
"""

import pathlib

from tests.benchmarks.cases import Case

TITLE = "Trivial"


def ours(material):
    return lambda: note(material, "ours")


def theirs(material):
    return lambda: note(material, "theirs")


def note(material, who):
    with (pathlib.Path(material.folder) / "calls.txt").open("a") as file:
        file.write(f"{who}\n")
    print("not for the one who counts")
    return 3


def fails(material):
    raise ValueError("Expected something else.")


CASES = [
    Case("a file", ours, theirs, calls=2, threads=1, any_backend=True),
    Case("nothing", ours, fails, rival="a failure", memory=False),
]
