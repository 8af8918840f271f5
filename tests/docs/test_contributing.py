"""The worked recipes for contributors work."""

import cv2
import numpy as np

from tests.docs.pages import ROOT, run

LINES = "a.png cat 1 1 5 1 5 4 1 4\nb.png dog 0 0 3 0 3 3 0 3"


def test_recipes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(ROOT / "docs" / "contributing.md", {"__name__": "recipes"})
    names["test_what_no_mask_claims"]()
    names["test_it_is_a_layer"](tmp_path)

    for name in ("a.png", "b.png"):
        cv2.imwrite(name, np.zeros((8, 10, 3), np.uint8))
    with open("lines.txt", "w") as file:
        file.write(LINES)
    dataset = names["LinesDataset"]("lines.txt", ".")
    assert len(dataset) == 2 and dataset.class_names == ("cat", "dog")
    assert dataset[0].objects[0].bbox == (1, 1, 5, 4)
    assert dataset[1].full_masks().sum() == 9
    names["write"](dataset.records, dataset.class_names, "again.txt")
    with open("again.txt") as file:
        assert file.read() == LINES
