"""Runs the examples as a user does."""

import os
import pathlib
import subprocess
import sys

from examples import make_tutorials

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


def test_shared_backbone(tmp_path):
    said = run("shared_backbone.py", tmp_path, "--epochs", "2")
    assert said.startswith("ImageNet weights.")
    assert "weights that learn in it: 0" in said
    assert "backbone unchanged: True" in said
    assert said.count("truth") == 4


def test_own_data(tmp_path):
    """With few epochs; its page has the figures of many."""
    said = run("own_data.py", tmp_path, "6", str(tmp_path))
    assert "nuclei: YOLO segmentation." in said
    assert "train: 16 images, 327 objects, 1 class." in said
    assert "6 images, 122 objects" in said
    for name in ("check.html", "report.html"):
        assert "<figure>" in (tmp_path / name).read_text(encoding="utf-8")
    for name in ("targets.png", "batch.png", "found.png"):
        assert (tmp_path / name).stat().st_size > 10_000
    assert (tmp_path / "model" / "config.json").is_file()


def test_pages_are_made_of_the_scripts():
    for name in make_tutorials.TUTORIALS:
        script = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
        page = make_tutorials.place(name).read_text(encoding="utf-8")
        assert page == make_tutorials.page(script), "make_tutorials.py"


def test_every_example_compiles():
    # The pictures of the documentation are drawn by hand, not by tests.
    for path in EXAMPLES.glob("*.py"):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")
