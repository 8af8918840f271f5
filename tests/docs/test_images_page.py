"""Runs the Python code of the page on images of 16 bits and floats."""

import numpy as np

from tests.docs.pages import ROOT, run


def test_code(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = run(ROOT / "docs" / "images.md", {})
    lines = "16 255\n(1000, 1000, 3) (500, 750, 3)\n"
    assert capsys.readouterr().out == lines
    found = names["by_file"], names["by_array"]
    np.testing.assert_array_equal(*(one.image for one in found))
    np.testing.assert_array_equal(*(one.scores for one in found))
    images, _ = names["batches"][0]
    assert np.array(images).max() == 255
