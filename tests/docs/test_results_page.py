"""Runs the Python code of the page about results, in order."""

import cv2

from tests.backend_use import once
from tests.docs.pages import ROOT, run


@once
def test_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(ROOT / "docs" / "results.md", {})
    assert len(names["instances"]) and len(names["again"])
    for picture in ("instances.png", "truth.png", "ids.png"):
        assert cv2.imread(str(tmp_path / picture), -1) is not None
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == [
        *("results.csv", "results.json", "square.png", "street.png")
    ]
    assert names["model"].decoder.nms == "hard"
    assert len(names["single"]) and len(names["merged"])
