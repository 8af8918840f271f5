"""`import keras_solo` beside `import keras`, each in a new Python.

Starting Python is part of both.
"""

import functools
import subprocess
import sys

from tests.benchmarks.cases import Case

TITLE = "Import"


def start(material, package):
    def call():
        subprocess.run([sys.executable, "-c", f"import {package}"], check=True)

    return call


CASES = [
    Case(
        "import keras_solo",
        functools.partial(start, package="keras_solo"),
        functools.partial(start, package="keras"),
        rival="import keras",
        memory=False,
    )
]
