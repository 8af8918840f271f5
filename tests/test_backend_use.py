import gc
import threading

import keras
import numpy as np
import pytest

from tests.backend_use import (
    Noted,
    SkipTested,
    Watch,
    files_without,
    is_its_turn,
    unseen,
)


def in_a_thread():
    thread = threading.Thread(target=keras.ops.zeros, args=(2,))
    thread.start()
    thread.join()


@pytest.fixture
def no_collection():
    """JAX has a word in every collection of garbage, whoever made it."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(
    ("call", "used"),
    [
        (lambda: np.zeros(3).sum(), False),
        (lambda: sorted([3, 1, 2]), False),
        (lambda: keras.ops.zeros(3), True),
        (lambda: keras.backend.backend(), True),
        (lambda: keras.Input((3,)), True),
        (in_a_thread, True),
    ],
)
def test_what_uses_a_backend(call, used, no_collection):
    with unseen():  # only what this test itself looks at
        with Watch() as watch:
            call()
    assert watch.used == used


def test_an_outer_block_has_seen_what_an_inner_one_saw():
    with Watch() as outer:
        with Watch() as inner:
            keras.ops.zeros(3)
    assert inner.used and outer.used


def test_a_block_that_counts_for_nobody():
    with Watch() as watch:
        with unseen():
            keras.ops.zeros(3)
    assert not watch.used


# What is in a file; whether another backend need not run it.
FILES = {
    "test_numpy.py": (
        "import numpy\ndef test(): assert numpy.zeros(2).sum() == 0\n",
        True,
    ),
    "test_shares_numbers.py": ("def test(numbers): assert numbers\n", True),
    "test_ops.py": (
        "import keras\ndef test(): keras.ops.zeros(2)\ndef test_2(): pass\n",
        False,
    ),
    "test_at_import.py": (
        "import keras\nZ = keras.ops.zeros(2)\ndef test(): pass\n",
        False,
    ),
    "test_our_backend.py": (
        "from keras_solo._backend.choice import choose_backend\n"
        "def test(): choose_backend()\n",
        False,
    ),
    "test_process.py": (
        "import subprocess\ndef test(): subprocess.run(['true'])\n",
        False,
    ),
    # The one that makes it, and the one that finds it made.
    "test_shares_a.py": ("def test(layer): pass\n", False),
    "test_shares_b.py": ("def test(layer): pass\n", False),
    "test_skips.py": (
        "import pytest\ndef test(): pytest.skip('not here')\n",
        False,
    ),
    "test_fails.py": ("def test(): assert False\n", False),
    "test_teardown.py": (
        "import keras, pytest\n"
        "@pytest.fixture\ndef late():\n    yield\n    keras.ops.zeros(2)\n"
        "def test(late): pass\n",
        False,
    ),
}
SHARED = """
import keras, pytest
@pytest.fixture(scope="session")
def layer(): return keras.layers.Dense(2).get_config()
@pytest.fixture(scope="session")
def numbers(): return [1]
"""


class Outcomes:
    """A plugin that counts how the tests of each file ended."""

    def __init__(self):
        self.skipped, self.ran = set(), set()

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.partition("::")[0]
        if report.when == "setup":
            (self.skipped if report.skipped else self.ran).add(name)


def run(folder, *plugins):
    options = ["-c", f"{folder}/pytest.ini", "-p", "no:cacheprovider"]
    return pytest.main([*options, "-q", str(folder)], plugins=[*plugins])


def test_files_that_use_no_backend_run_once(tmp_path, no_collection):
    folder, notes = tmp_path / "suite", tmp_path / "notes"
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "conftest.py").write_text(SHARED)
    for name, (text, _) in FILES.items():
        (folder / name).write_text(text)
    assert run(folder, Noted(notes)) == 1  # of the one that fails
    expected = {name for name, (_, free) in FILES.items() if free}
    assert files_without(notes) == expected
    (folder / "test_new.py").write_text("def test(): pass\n")
    outcomes = Outcomes()
    run(folder, SkipTested(notes), outcomes)
    assert outcomes.skipped == expected
    assert outcomes.ran == {*FILES, "test_new.py"} - expected


def test_a_folder_without_notes(tmp_path):
    with pytest.raises(FileNotFoundError, match="No notes of a run"):
        files_without(tmp_path)


def test_each_test_of_a_command_has_one_backend_s_turn():
    names = [f"tests/cli/test_train.py::test_{i}" for i in range(100)]
    turns = [
        {one for one in ("jax", "tensorflow") if is_its_turn(name, one)}
        for name in names
    ]
    assert all(len(turn) == 1 for turn in turns)
    assert 30 < sum(turn == {"jax"} for turn in turns) < 70
    for one in ("jax", "tensorflow"):
        assert is_its_turn("tests/layers/test_resize.py::test_it", one)
    assert not is_its_turn("tests/export/test_graph.py::test_it", "tensorflow")
    assert is_its_turn("tests/export/test_graph.py::test_it", "jax")
