"""A bar on a terminal, a line now and then elsewhere."""

import sys
import time

import pytest

from keras_solo.models import progress
from keras_solo.models.progress import Progress, checked_verbose, verbosity


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass with each update."""
    passed = iter(range(0, 1000, 2))
    monkeypatch.setattr(time, "monotonic", lambda: next(passed))


def test_silence(capsys):
    Progress(2, "image", 0).update(2)
    assert capsys.readouterr().out == ""


def test_lines(capsys, clock):
    found = Progress(10, "image", 2)
    for done in range(1, 11):
        found.update(done)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{done} of 10 images" for done in (3, 6, 9, 10)]


def test_an_unknown_total(capsys, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS", 0.0)
    Progress(None, "MB", 2).update(3)
    assert capsys.readouterr().out == "3 MB\n"


def test_a_bar(capsys):
    Progress(2, "image", 1).update(2)
    assert "2/2" in capsys.readouterr().out


@pytest.mark.parametrize("verbose", [0, 1, 2])
@pytest.mark.parametrize("total", [9, 3, None])
def test_an_end_before_the_total(capsys, verbose, total):
    found = Progress(total, "frame", verbose)
    found.update(3)
    found.end(3)
    out = capsys.readouterr().out
    if verbose == 2:
        assert out == "3 of 3 frames\n"
    assert ("3/3" in out) == (verbose == 1) and bool(out) == bool(verbose)


@pytest.mark.parametrize(("terminal", "expected"), [(True, 1), (False, 2)])
def test_where_there_is_a_terminal(monkeypatch, terminal, expected):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    assert verbosity() == expected


def test_what_may_be_verbose():
    assert [checked_verbose(value) for value in ("auto", 0, 2)] == [
        "auto",
        0,
        2,
    ]
    with pytest.raises(ValueError, match=r"Received: verbose='loud'"):
        checked_verbose("loud")
