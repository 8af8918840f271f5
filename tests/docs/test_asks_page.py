"""The page of what users ask for: all of it, with answers that exist."""

import re

import pytest

from tests.docs.links import leads_somewhere, links
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "asks.md"
ENTRY = re.compile(r"^\*\*(\d+)\. (.+?)(?=^\*\*\d+\. |^## |\Z)", re.M | re.S)


def entries():
    return ENTRY.findall(PAGE.read_text(encoding="utf-8"))


def test_all_are_there_and_numbered():
    assert [int(number) for number, _ in entries()] == list(range(1, 43))


@pytest.mark.parametrize("number, text", entries())
def test_each_has_an_answer(number, text):
    """A question, threads in brackets, a link that leads somewhere, a line."""
    question, answer = text.split("\n[", 1)
    assert re.search(r"\*\*\s+\(.+\)\.$", question, re.S), question
    targets = links("[" + answer)
    assert targets
    for target in targets:
        assert leads_somewhere(PAGE, target), target
    assert len(answer.split(")", 1)[1].split()) >= 6, answer


def test_a_link_to_nothing_is_seen():
    for target in ("nothing.md", "faq.md#nothing", "presets.md#hub"):
        assert not leads_somewhere(PAGE, target)
    good = "reference/models.md#keras_solo.models.SOLOv2.segment"
    assert leads_somewhere(PAGE, good)
    assert not leads_somewhere(PAGE, good + "ation")
