"""One process at a time."""

import subprocess
import sys

import pytest

from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_lock import (
    holds,
    lock,
    lock_for_training,
    locked,
    unlock,
)
from keras_solo.training.run_manifest import Manifest
from tests.backend_use import once

OTHER = """
import pathlib, sys
from keras_solo.training.run_lock import lock
print(lock(pathlib.Path(sys.argv[1])))
"""


def other(path):
    return subprocess.run(
        [sys.executable, "-c", OTHER, path], capture_output=True, text=True
    ).stdout.strip()


@once
def test_another_file_in_its_place(tmp_path):
    path = tmp_path / "a.lock"
    assert lock(path) and holds(path)
    path.unlink()
    assert not holds(path)
    assert lock(path) and holds(path)
    assert other(path) == "False"
    unlock(path)


def test_after_an_error_it_is_as_before(tmp_path):
    path = tmp_path / "training.lock"
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        assert holds(path)
        raise ZeroDivisionError
    assert not holds(path)
    with locked(tmp_path):
        pass
    assert holds(path)
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    assert holds(path)
    unlock(path)


@once
def test_one_process(tmp_path):
    path = tmp_path / "a.lock"
    unlock(path)
    assert lock(path) and lock(path)
    assert other(path) == "False"
    unlock(path)
    assert other(path) == "True"
    # Whose process ended holds it no more.
    assert lock(path)
    unlock(path)


HOLDER = """
import pathlib, sys
from keras_solo.training.run_lock import lock
print(lock(pathlib.Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@once
@pytest.mark.parametrize("known", [True, False])
def test_who_holds_it_is_named(tmp_path, known):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path / "training.lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "True\n"
        if known:
            manifest = Manifest({}, process=holder.pid)
            (tmp_path / "training.json").write_text(manifest.text())
        expected = rf" \({holder.pid}\)" if known else ""
        with pytest.raises(RunFolderError, match=f"process{expected} trains"):
            lock_for_training(tmp_path)
        holder.stdin.close()
    lock_for_training(tmp_path)
    unlock(tmp_path / "training.lock")
