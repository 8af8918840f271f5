"""The worked recipes for contributors work."""

import cv2
import numpy as np
import pytest

from keras_solo.data import AnnotationError
from keras_solo.data.formats.reading import Reading
from tests.docs.pages import ROOT, run

LINES = "a.png cat 1 1 5 1 5 4 1 4\nb.png dog 0 0 3 0 3 3 0 3"


def test_recipes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(ROOT / "docs" / "contributing.md", {"__name__": "recipes"})
    names["test_what_no_mask_claims"]()
    names["test_it_is_a_layer"](tmp_path)

    for name in ("a.png", "b.png"):
        cv2.imwrite(name, np.zeros((8, 10, 3), np.uint8))
    (tmp_path / "some.lines").write_text(LINES)
    (place,) = names["find"](tmp_path)
    found = names["read"](place, Reading(tmp_path))
    assert found.categories == {1: "cat", 2: "dog"}
    one, other = found.records
    assert one.objects[0].bbox == (1, 1, 5, 4)
    assert other.full_masks().sum() == 9
    again = tmp_path / "again"
    assert not names["write"](found.records, found.categories, again, "some")
    assert (again / "some.lines").read_text() == LINES
    (tmp_path / "some.lines").write_text("a.png cat 1 1 5")
    with pytest.raises(AnnotationError, match=r"some\.lines: line 1: polygon"):
        names["read"](place, Reading(tmp_path))
