"""The page of questions runs, and every question has an answer."""

import re

from tests.backend_use import once
from tests.docs.links import leads_somewhere, links
from tests.docs.pages import ROOT, run

PAGE = ROOT / "docs" / "faq.md"


@once
def test_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = run(PAGE, {})
    assert names["model"].num_classes == 4
    printed = capsys.readouterr().out
    assert "4 ('circle', 'rectangle', 'triangle', 'star')" in printed
    assert len(names["outlines"]) == len(names["text"].splitlines()) > 2


def test_every_question_has_a_short_answer():
    text = PAGE.read_text(encoding="utf-8")
    parts = re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", text, re.M | re.S)
    assert len(parts) > 25
    for question, answer in parts:
        assert question.endswith("?")
        assert 0 < len(answer.split()) < 100, question


def test_links():
    for target in links(PAGE.read_text(encoding="utf-8")):
        assert leads_somewhere(PAGE, target), target
