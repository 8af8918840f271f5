"""The version, which the changelog's head says and others repeat.

The head is `## 1.2.3 - 2026-12-31`, or `## Unreleased` between releases; then
the version is the one below it.
"""

import datetime
import pathlib
import re
import subprocess
from typing import NamedTuple

ROOT = pathlib.Path(__file__).parents[2]
CHANGELOG, PACKAGE, CITATION = (
    "CHANGELOG.md",
    "keras_solo/__init__.py",
    "CITATION.cff",
)
HEAD = re.compile(
    r"^## (?P<number>\d+\.\d+\.\d+)(?: - (?P<date>\d{4}-\d\d-\d\d))?$", re.M
)
UNRELEASED = re.compile(r"^## Unreleased$", re.MULTILINE)
IN_PACKAGE = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
IN_CITATION = re.compile(r'^version: "(.*)"\n', re.MULTILINE)
DATE_IN_CITATION = re.compile(r'^date-released: "(.*)"\n', re.MULTILINE)


class Release(NamedTuple):
    """A version and its date, where it has one."""

    number: str
    date: str | None


def newest(changelog):
    """The newest release that the changelog tells of."""
    found = HEAD.search(changelog)
    if found is None:
        raise ValueError("The changelog has no release: '## 1.2.3 - DATE'.")
    if found["date"]:
        datetime.date.fromisoformat(found["date"])
    return Release(found["number"], found["date"])


def has_unreleased(changelog):
    """Whether there is something above the newest release."""
    return UNRELEASED.search(changelog) is not None


def in_package(text):
    """The text of the package's entrance says it in one line."""
    return IN_PACKAGE.search(text)[1]


def with_version(text, release):
    """The package's entrance with another version."""
    return IN_PACKAGE.sub(f'__version__ = "{release.number}"', text)


def in_citation(text):
    """The release that the citation is of."""
    date = DATE_IN_CITATION.search(text)
    return Release(IN_CITATION.search(text)[1], date and date[1])


def citation(text, release):
    """The citation of another release."""
    lines = f'version: "{release.number}"\n'
    if release.date:
        lines += f'date-released: "{release.date}"\n'
    return IN_CITATION.sub(lines, DATE_IN_CITATION.sub("", text))


def commit_of(name):
    """The commit of a tag, a branch or HEAD; None where there is none."""
    done = subprocess.run(
        ["git", "rev-list", "-n1", name, "--"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or None
