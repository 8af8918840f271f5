"""Runs the examples as a user does."""

import os
import pathlib
import subprocess
import sys

from tests.backend_use import once

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def run(name, folder, *arguments):
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert not done.returncode, done.stderr
    return done.stdout


def test_quickstart(tmp_path):
    said = run("quickstart.py", tmp_path, str(tmp_path))
    assert "xyxy box" in said
    assert (tmp_path / "quickstart.png").stat().st_size > 1000
    assert (tmp_path / "quickstart.json").is_file()


def test_compose_layers(tmp_path):
    said = run("compose_layers.py", tmp_path)
    assert "decay to" in said


@once
def test_shared_backbone(tmp_path):
    said = run("shared_backbone.py", tmp_path, "--epochs", "2")
    assert said.startswith("ImageNet weights.")
    assert "weights that learn in it: 0" in said
    assert "backbone unchanged: True" in said
    assert said.count("truth") == 4


def test_every_example_compiles():
    # The pictures of the documentation are drawn by hand, not by tests.
    for path in EXAMPLES.rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")
