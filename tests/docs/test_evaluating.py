"""The page on evaluation runs as it stands."""

import pathlib

from tests.docs.pages import run

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "evaluating.md"


def test_the_page_runs(capsys):
    names = run(PAGE, {})
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "1"
    report = names["report"]
    assert printed[-1] == f"{report.figures['mask_ar1000']:.3f}"
    assert 0.8 < report.figures["mask_ap"] < 1
