"""One version, and where it stands."""

import pytest

from tests.release import check, notes, switch, version
from tests.release.version import Release

CHANGELOG = """# Changelog

## Unreleased

### Added

- Something.

## 98.7.6 - 2026-12-31

- Much.

## 0.1.0
"""
RELEASED = CHANGELOG.replace("## Unreleased\n\n### Added\n\n- Something.\n", "")


def test_newest():
    assert version.newest(CHANGELOG) == Release("98.7.6", "2026-12-31")
    assert version.has_unreleased(CHANGELOG)
    assert not version.has_unreleased(RELEASED)
    assert version.newest("## 0.1.0\n") == Release("0.1.0", None)


@pytest.mark.parametrize("wrong", ["", "## 1.0\n", "## 1.0.0 - 2026-13-01\n"])
def test_no_release(wrong):
    with pytest.raises(ValueError):
        version.newest(wrong)


def test_it_is_repeated():
    release = Release("1.2.3", "2027-01-02")
    package = version.with_version(switch.read(version.PACKAGE), release)
    assert version.in_package(package) == "1.2.3"
    citation = switch.read(version.CITATION)
    made = version.citation(citation, release)
    assert version.in_citation(made) == release
    assert version.citation(made, release) == made
    back = version.citation(made, version.in_citation(citation))
    assert back == citation


def test_one_version_everywhere():
    assert list(check.versions()) == []


def test_notes_of_a_release():
    assert notes.notes(CHANGELOG) == "- Much."
    assert notes.notes(switch.read(version.CHANGELOG))


@pytest.fixture
def texts(monkeypatch):
    """Files as they would be, by name, before those that there are."""
    pretended = {}
    there = switch.read
    monkeypatch.setattr(
        switch, "read", lambda name: pretended.get(name) or there(name)
    )
    return pretended


def test_another_version_is_said(texts):
    texts[version.CHANGELOG] = CHANGELOG
    assert len(list(check.versions())) == 2
    texts[version.PACKAGE] = '__version__ = "98.7.6"\n'
    assert len(list(check.versions())) == 1


def test_a_release_is_written_everywhere(texts):
    texts[version.CHANGELOG] = RELEASED
    address = "https://github.com/somebody/keras-solo"
    wanted = switch.wanted(True, address)
    assert version.in_package(wanted[version.PACKAGE]) == "98.7.6"
    newest = version.newest(RELEASED)
    assert version.in_citation(wanted[version.CITATION]) == newest
    texts |= wanted
    assert dict(switch.changes(True, address)) == {}
    assert list(check.left_out(address)) == []


def test_what_lies_above_a_release_is_not_of_it(texts):
    texts[version.CHANGELOG] = CHANGELOG
    wanted = switch.wanted(True, None)
    assert version.PACKAGE not in dict(switch.changes(True, None))
    assert version.in_citation(wanted[version.CITATION]).number != "98.7.6"


def test_tags(texts, monkeypatch):
    commits = {"refs/tags/v98.7.6": "a", "HEAD": "b"}
    monkeypatch.setattr(version, "commit_of", commits.get)
    texts[version.CHANGELOG] = CHANGELOG
    assert list(check.tags("v98.7.6")) == []
    assert "v99.0.0" in "".join(check.tags("v99.0.0"))
    texts[version.CHANGELOG] = RELEASED
    assert "another commit" in "".join(check.tags(None))
    commits["HEAD"] = "a"
    assert list(check.tags("v98.7.6")) == []
