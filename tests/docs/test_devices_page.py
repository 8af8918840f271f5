"""The page on several devices names what there is."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]


def test_files_that_are_named():
    text = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
    files = set(re.findall(r"\b(?:examples|tests)/[\w/]+\.py\b", text))
    assert len(files) == 3
    for name in files:
        assert (ROOT / name).is_file(), name
