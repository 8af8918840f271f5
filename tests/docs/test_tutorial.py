"""Runs the Python code of the README and of the tutorial, in order."""

import re

import keras_solo
from tests.backend_use import once
from tests.docs.pages import ROOT, run
from tests.optional_modules import NEEDS

README = ROOT / "README.md"
TUTORIAL = ROOT / "docs" / "tutorials" / "first.md"


@once
def test_tutorial(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(TUTORIAL, {})
    assert names["figures"]["mask_ap"] > 0.2
    for picture in ("targets.png", "curves.png", "instances.png"):
        assert (tmp_path / picture).stat().st_size > 1000


def test_tutorial_prints_what_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shapes = keras_solo.data.ShapesDataset(
        64, original_size=(120, 160), num_classes=2, seed=1
    )
    shapes.write("train")
    train = keras_solo.data.CocoDataset(
        "train/annotations.json", "train/images"
    )
    report = train.suggest_levels(
        image_size=(128, 128), grid_sizes=(16, 8), names=("P3", "P4")
    )
    page = TUTORIAL.read_text(encoding="utf-8")
    assert f"{train} {train.class_names}" in page
    assert str(report) in page


def test_readme(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    train = keras_solo.data.ShapesDataset(num_images=8)
    run(README, {"train": train})
    first = capsys.readouterr().out.splitlines()[0]
    assert f"```text\n{first}\n```" in README.read_text(encoding="utf-8")
    assert (tmp_path / "instances.png").is_file()
    assert (tmp_path / "targets.png").is_file()


def test_names_in_all_pages_exist():
    pages = [README, *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r"\bkeras_solo((?:\.\w+)+)", text):
            if not name.endswith((".py", ".md")):
                assert find(name), f"{page.name}: keras_solo{name}"


def find(dotted):
    """Whether an attribute of the package exists, however deep."""
    for module in NEEDS:  # which may not be imported here
        if f"keras_solo{dotted}".startswith(module):
            name = f"keras_solo{dotted}".removeprefix(module).strip(".")
            start = ROOT.joinpath(*module.split("."), "__init__.py")
            promised = re.search(r"__all__ = \[.*?\]", start.read_text(), re.S)
            return not name or f'"{name.split(".")[0]}"' in promised[0]
    found = keras_solo
    for part in dotted.strip(".").split("."):
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True
