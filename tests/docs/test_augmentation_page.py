"""Runs the Python code of the page on augmentation."""

import dataclasses
import re

from keras_solo.data import Augmentation
from tests.docs.pages import ROOT, run

PAGE = ROOT / "docs" / "augmentation.md"


def test_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(PAGE, {})
    assert (tmp_path / "batch.png").stat().st_size > 1000


def test_every_argument_and_its_default_is_in_the_table():
    rows = re.findall(r"^\| (`.*?) \| (.*?) \| ", PAGE.read_text(), re.M)
    defaults = {}
    for names, values in rows:
        names = re.findall(r"`(\w+)`", names)
        values = re.findall(r"\(.*?\)|[^, ]+", values)
        defaults |= zip(names, values, strict=True)
    expected = {
        field.name: str(field.default).removesuffix(".0")
        for field in dataclasses.fields(Augmentation)
    }
    expected["placement"] = '`"random"`'
    assert defaults == expected
