"""The fuzzers find what they look for: checks that somebody took out."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
# Of the package: a file, what stands there, and what stands there instead;
# then the fuzzer that must see it, and as what.
PLANTED = {
    "a bound removed": (
        "data/polygons.py",
        "if length > longest:",
        "if False:",
        "annotations",
        ("large", "slow", "crash"),
    ),
    "a name dropped": (
        "data/formats/coco.py",
        'report(f"{path}: {what}.")',
        'report(f"{what}.")',
        "annotations",
        ("exception: AssertionError: It does not name the file",),
    ),
    "a size not compared": (
        "data/run_lengths.py",
        "if total != pixels:",
        "if False:",
        "annotations",
        ("exception", "crash", "large", "slow"),
    ),
    "a number of a config": (
        "models/checked_config.py",
        "if not (endless or abs(value) <= most):",
        "if False:",
        "presets",
        ("large", "slow", "crash"),
    ),
    "a checksum": (
        "models/preset_sums.py",
        "if found != known:",
        "if False:",
        "weights",
        ("exception: AssertionError: A wrong checksum",),
    ),
    "a tensor beyond its storage": (
        "checkpoints/torch_tensors.py",
        "if size and (end >= storage.count or size > storage.count):",
        "if False:",
        "checkpoints",
        ("crash", "exception: AssertionError"),
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("planted", PLANTED)
def test_it_is_found(planted, tmp_path):
    name, old, new, kind, ends = PLANTED[planted]
    for folder in ("keras_solo", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path = tmp_path / "keras_solo" / name
    content = path.read_text()
    assert content.count(old) == 1
    path.write_text(content.replace(old, new))
    count = 1000 if kind == "annotations" else 250
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", kind, "--count", str(count)],
        cwd=tmp_path,
        env={
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(tmp_path),
        },
        capture_output=True,
        text=True,
    )
    wrong = done.stdout.splitlines()[1:]
    assert done.returncode == 1, done.stdout + done.stderr
    found = [line.strip().split(": ", 1)[1] for line in wrong]
    assert any(line.startswith(ends) for line in found), done.stdout
    print(done.stdout)
