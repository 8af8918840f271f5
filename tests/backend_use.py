"""Sees which test files use Keras or a backend, while the whole suite runs.

`BACKEND_USE=FOLDER pytest` notes in a folder what called Keras, a library of a
backend, `keras_solo._backend` or another process: a test, the import of its
file, or a fixture that it shares with others. After it, `TESTED_IN=FOLDER
pytest` on another backend skips the files in which nothing did: they would do
the same again. Nobody keeps a list, and whatever was not seen to pass without
a backend runs: what is new, what was skipped, what was not looked at.

Commands, trainings, pages, preset folders and the like are made of parts whose
tensors other tests compare on each backend. Theirs run on the first backend and
then on one of the other two, which take turns.
"""

import functools
import os
import pathlib
import sys
import threading
import types
import zlib

import keras
import pytest

BACKENDS = {"keras", "torch", "jax", "jaxlib", "tensorflow"}
# What happens in another process is not seen.
PROCESSES = {"subprocess", "multiprocessing"}
OURS = "keras_solo._backend"
WHY = "Uses no backend; passed where all files are looked at."
IN_TURN = (
    "tests/benchmarks/",
    "tests/cli/",
    "tests/docs/",
    "tests/training/",
    "tests/test_docstrings.py",
    # Files, folders and streams around networks.
    *(
        f"tests/models/test_{name}.py"
        for name in (
            *("category_ids", "composed_solov2", "foreign_weights", "hubs"),
            *("from_preset", "preset_folder", "segment_stream", "upgrade"),
        )
    ),
)
# Where the other runtimes are installed, CI runs these again, and all of them.
LATER = {"tensorflow": ("tests/export/",)}
WHOSE_TURN = "Ran on the first backend; the turn of another one, or later."
# For what takes long and would show the same on each backend, as tutorials do.
once = pytest.mark.skipif(
    "TESTED_IN" in os.environ,
    reason="Ran on the first backend, which is enough.",
)


@functools.cache
def is_of_a_backend(home):
    """Whether what a module, or a class of one, does may differ."""
    name = home.__module__ if isinstance(home, type) else home
    if not isinstance(name, str):
        return False
    outermost = name.partition(".")[0]
    return (
        outermost in BACKENDS
        or outermost in PROCESSES
        or name == OURS
        or name.startswith(f"{OURS}.")
    )


class Watch:
    """Whether a block, or a thread that it starts, uses a backend: `used`.

    In a block within it, another one counts; what that has seen, the outer
    one has seen, too.
    """

    def __init__(self):
        self.used = False

    def __enter__(self):
        self.before = sys.getprofile(), threading.getprofile()
        threading.setprofile(self.look)
        sys.setprofile(self.look)
        return self

    def __exit__(self, *_):
        sys.setprofile(self.before[0])
        threading.setprofile(self.before[1])
        outer = getattr(self.before[1], "__self__", None)
        if self.used and isinstance(outer, Watch):
            outer.used = True

    def look(self, frame, event, called):
        """What `sys.setprofile` calls at each call: no word too many."""
        if event == "call":
            home = frame.f_globals.get("__name__")
        elif event == "c_call":
            of = getattr(called, "__self__", None)
            home = type(called if of is None else of)
            if home is types.ModuleType:
                home = of.__name__
        else:
            return  # half of all, and nothing begins
        if self.used or is_of_a_backend(home):
            self.used = True
            # Known; the rest of this thread shall be as fast as ever.
            sys.setprofile(None)


class unseen:
    """A block at which no `Watch` looks."""

    def __enter__(self):
        self.before = sys.getprofile()
        sys.setprofile(None)

    def __exit__(self, *_):
        sys.setprofile(self.before)


class Noted:
    """A plugin of pytest that notes what uses a backend; each process has one.

    It leaves a file of lines `watched FILE` and `used FILE` in the folder; what
    did not pass counts as used.
    """

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.path = pathlib.Path(folder, f"{os.getpid()}.txt")
        self.lines, self.using_fixtures = set(), set()

    def note(self, how, nodeid):
        self.lines.add(f"{how} {nodeid.partition('::')[0]}")

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        with Watch() as watch:
            report = yield
        if watch.used:
            self.note("used", collector.nodeid)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        if fixturedef.scope == "function":
            return (yield)
        with Watch() as watch:
            made = yield
        # Others, in other files, may get what the first test has made.
        if watch.used:
            self.using_fixtures.add(fixturedef.argname)
        return made

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        return (yield from self.watched(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        return (yield from self.watched(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item):
        return (yield from self.watched(item))

    def watched(self, item):
        if f"used {item.nodeid.partition('::')[0]}" in self.lines:
            return (yield)  # known of this file
        self.note("watched", item.nodeid)
        with Watch() as watch:
            done = yield
        if watch.used or self.using_fixtures.intersection(item.fixturenames):
            self.note("used", item.nodeid)
        return done

    def pytest_runtest_logreport(self, report):
        if not report.passed:
            self.note("used", report.nodeid)

    def pytest_sessionfinish(self):
        self.path.write_text("\n".join(sorted(self.lines)), encoding="utf-8")


class SkipTested:
    """A plugin of pytest that skips what a noted run has tested for good."""

    def __init__(self, folder):
        self.files = files_without(folder)

    def pytest_collection_modifyitems(self, items):
        for item in items:
            if item.nodeid.partition("::")[0] in self.files:
                item.add_marker(pytest.mark.skip(reason=WHY))
            elif not is_its_turn(item.nodeid, keras.backend.backend()):
                item.add_marker(pytest.mark.skip(reason=WHOSE_TURN))


def is_its_turn(nodeid, backend):
    """Whether one of the later backends runs a test: JAX does or TensorFlow."""
    if nodeid.startswith(LATER.get(backend, ())):
        return False
    if not nodeid.startswith(IN_TURN):
        return True
    return zlib.crc32(nodeid.encode()) % 2 == (backend == "jax")


def files_without(folder):
    """The test files that passed and in which nothing used a backend.

    Args:
        folder: What `BACKEND_USE` was.

    Raises:
        FileNotFoundError: If no run has left notes there.
    """
    notes = sorted(pathlib.Path(folder).glob("*.txt"))
    if not notes:
        raise FileNotFoundError(f"No notes of a run in {folder}.")
    lines = "\n".join(path.read_text(encoding="utf-8") for path in notes)
    pairs = [line.split(" ", 1) for line in lines.splitlines() if line]
    used = {name for how, name in pairs if how == "used"}
    return {name for how, name in pairs if how == "watched"} - used
