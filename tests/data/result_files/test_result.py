"""A result is drawn once, and files of a kind say where they are."""

import numpy as np
import pytest

from keras_solo.data.result_files.result import ResultKind
from tests.data.found import CATEGORIES, found, result


def test_drawn_once():
    one = result()
    assert one.drawn is one.drawn
    want = np.asarray(found().plot())
    assert (np.asarray(one.drawn) == want).all()


def test_a_kind_of_files(tmp_path):
    kind = ResultKind(tmp_path / "out", CATEGORIES)
    with kind.opened(), kind.video("clip", fps=25.0):
        assert not (tmp_path / "out").exists()
        path = kind.path("deep", "er", "a.txt")
    assert path == tmp_path / "out" / "deep" / "er" / "a.txt"
    assert path.parent.is_dir()
    with pytest.raises(NotImplementedError):
        kind.add(result())
