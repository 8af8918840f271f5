"""The page on what goes wrong runs, and its pictures and links exist."""

import re

import cv2

from tests.backend_use import once
from tests.docs.links import leads_somewhere, links
from tests.docs.pages import ROOT, run

PAGE = ROOT / "docs" / "troubleshooting.md"


@once
def test_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = run(PAGE, {})
    for picture in ("truth.png", "batch.png", "targets.png"):
        assert cv2.imread(str(tmp_path / picture)) is not None
    assert names["logs"]["mask_loss"] == 0
    *_, counts = capsys.readouterr().out.splitlines()
    right, twice = map(int, counts.split())
    assert right > 0 and twice == 0


def test_every_entry_says_what_to_do():
    text = PAGE.read_text(encoding="utf-8")
    entries = re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", text, re.M | re.S)
    assert len(entries) > 25
    for title, entry in entries:
        if title != "What each loss means":
            assert "**What to do" in entry or "**What shows it" in entry, title


def test_links_and_pictures():
    text = PAGE.read_text(encoding="utf-8")
    for target in links(text):
        assert leads_somewhere(PAGE, target), target
    pictures = re.findall(r"^!\[.+\]\((\S+)\)$", text, re.M)
    assert len(pictures) >= 5
    for picture in pictures:
        path = PAGE.parent / picture
        assert 1000 < path.stat().st_size < 150_000, picture
