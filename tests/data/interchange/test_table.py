"""A pandas.DataFrame: a stand-in, and the package where it is."""

import dataclasses
import sys
import types

import numpy as np
import pytest

from tests.data.interchange.odd import NAMES, nothing, odd_instances

COLUMNS = ["name", "label", "score", "area", "x1", "y1", "x2", "y2"]
COLUMNS += ["center_x", "center_y"]


@pytest.fixture(params=["a stand-in", "the package"])
def pandas(request, monkeypatch):
    if request.param == "the package":
        return pytest.importorskip("pandas")
    fake = types.ModuleType("pandas")
    fake.DataFrame = dict
    monkeypatch.setitem(sys.modules, "pandas", fake)
    return fake


def test_none(pandas):
    table = nothing().to_pandas()
    assert list(table) == COLUMNS and len(table["name"]) == 0


def test_a_row_each(pandas):
    table = odd_instances(empty=True).to_pandas()
    assert list(table) == COLUMNS
    assert list(table["name"][:5]) == list(NAMES[:5])
    assert list(table["label"]) == list(range(6))
    assert list(table["area"])[:3] == [21, 13, 5]
    assert [table[key][0] for key in COLUMNS[4:8]] == [1, 1, 6, 6]
    assert table["center_x"][4] == 4.5 and table["center_y"][4] == 3.5
    assert np.isnan(table["center_x"][5])


def test_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        odd_instances().to_pandas()


def test_tracks(pandas):
    given = dataclasses.replace(odd_instances(), track_ids=[3, -1, 4, 5, 0])
    table = given.to_pandas()
    assert list(table) == [*COLUMNS, "track_id"]
    assert list(table["track_id"]) == [3, -1, 4, 5, 0]
