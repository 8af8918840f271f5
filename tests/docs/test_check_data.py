"""The page on checking data: its code runs, and prints what stands there."""

from keras_solo.data.findings import KINDS
from tests.docs.pages import ROOT, run

PAGE = ROOT / "docs" / "check-data.md"


def test_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(PAGE, {})
    text = PAGE.read_text(encoding="utf-8")
    assert f"```text\n{names['report']}\n```" in text
    assert f"```text\n{names['settings']}\n```" in text
    assert names["model"].levels == names["settings"].levels


def test_every_kind_is_named():
    text = PAGE.read_text(encoding="utf-8")
    for kind in KINDS:
        assert f"`{kind}`" in text
