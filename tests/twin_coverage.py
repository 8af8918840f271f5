"""Measures what each test file executes, while the whole suite runs.

`TWIN_COVERAGE=FOLDER pytest` leaves its figures in a folder, which
`python -m tests.check_twins --measured FOLDER` reads. A line that is executed
when its module is imported counts for every test.
"""

import importlib
import os
import pathlib
import pkgutil
import re

import coverage

from tests.optional_modules import importable

ROOT = pathlib.Path(__file__).parents[1]
AT_IMPORT = "import"


class Measured:
    """A plugin of pytest; each process has one."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.coverage = coverage.Coverage(
            data_file=os.path.join(folder, "measured"),
            data_suffix=True,
            include=[f"{ROOT / 'keras_solo'}/*"],
        )
        self.coverage.start()
        self.coverage.switch_context(AT_IMPORT)

    def pytest_sessionstart(self):
        """Imports everything, in no test's name."""
        package = importlib.import_module("keras_solo")
        for module in pkgutil.walk_packages(package.__path__, "keras_solo."):
            if not module.name.endswith("__main__") and importable(module.name):
                importlib.import_module(module.name)

    def pytest_runtest_logstart(self, nodeid):
        self.coverage.switch_context(nodeid.partition("::")[0])

    def pytest_sessionfinish(self):
        self.coverage.stop()
        self.coverage.save()


def percentages(folder, twins):
    """Per cent of each file's lines that its test executed.

    Args:
        folder: What `TWIN_COVERAGE` was.
        twins: The test of each file, by the file.
    """
    combined = coverage.Coverage(data_file=os.path.join(folder, "measured"))
    combined.combine([folder], keep=True)
    data, found = combined.get_data(), {}
    for path, test in twins.items():
        name = test.relative_to(ROOT).as_posix()
        data.set_query_contexts([f"^{re.escape(name)}$", f"^{AT_IMPORT}$"])
        executed = set(data.lines(str(path)) or ())
        _, statements, _, _, _ = combined.analysis2(str(path))
        ours = executed.intersection(statements)
        found[path] = 100 * len(ours) / max(len(statements), 1)
    return found
