"""Tables and sheets."""

import pytest

from keras_solo._backend import choice
from keras_solo.cli.report import (
    save_curves,
    say,
    say_backend,
    scores_table,
)

NAN = float("nan")


def test_the_backend_is_said_where_nobody_chose(capsys, monkeypatch):
    monkeypatch.setattr(choice, "chosen", None)
    say_backend()
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(choice, "chosen", "jax")
    say_backend()
    out, error = capsys.readouterr()
    assert not out and error.startswith("keras-solo: on jax, the first ")
    assert error.count("\n") == 1


def test_say_wraps(capsys):
    say("word " * 30 + "\nend")
    lines = capsys.readouterr().out.splitlines()
    assert [len(line) <= 79 for line in lines] == [True] * 3
    assert lines[-1] == "end"


def test_scores_table():
    names = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar100")
    scores = {f"mask_{name}": 0.5 for name in names}
    scores |= {f"box_{name}": 0.25 for name in names}
    scores["mask_ap_large"] = NAN
    head, mask, box = scores_table(scores).splitlines()
    assert head.split()[:2] == ["AP", "AP50"]
    assert mask.split() == ["mask", *["0.500"] * 5, "-", "0.500"]
    assert box.split() == ["box", *["0.250"] * 7]
    assert len(head) == len(mask) == len(box)


def test_scores_of_more_detections():
    names = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar7")
    scores = {
        f"{kind}_{name}": 0.5 for kind in ("mask", "box") for name in names
    }
    head, *_ = scores_table(scores, max_detections=7).splitlines()
    assert head.split()[-2:] == ["large", "AR7"]


def test_curves(tmp_path):
    pytest.importorskip("matplotlib")
    save_curves({"loss": [2.0, 1.0]}, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000


def test_curves_without_matplotlib(tmp_path, monkeypatch, capsys):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    save_curves({"loss": [1.0]}, tmp_path / "curves.png")
    assert 'pip install "keras-solo[plot]"' in capsys.readouterr().out
