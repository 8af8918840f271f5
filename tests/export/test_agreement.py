import numpy as np
import pytest

from keras_solo.export.agreement import (
    WrongFile,
    check_agreement,
    first_line,
)

SHAPE = (2, 64, 96, 3)


def runner(confidence=0.5, dtype="float32"):
    def run(canvases):
        assert canvases.shape == SHAPE and canvases.dtype == np.uint8
        assert len(np.unique(canvases)) > 10
        return {"confidence": np.full((2, 4), confidence, dtype)}

    return run


def test_the_same():
    check_agreement(runner(), runner(0.5005), SHAPE)


def test_other_scores():
    with pytest.raises(WrongFile, match=r"scores differ by 0\.1"):
        check_agreement(runner(0.6), runner(), SHAPE)
    with pytest.raises(WrongFile, match="scores differ"):
        check_agreement(runner(np.nan), runner(), SHAPE)
    check_agreement(runner(0.6), runner(), SHAPE, exact=False)


def test_other_types():
    words = r"expected .*float32\[2, 4\].*gives .*float16\[2, 4\]"
    with pytest.raises(WrongFile, match=words):
        check_agreement(runner(0.5, "float16"), runner(), SHAPE)


def test_what_does_not_run():
    def run(canvases):
        raise RuntimeError("no\n kernel")

    with pytest.raises(WrongFile, match="does not run: no kernel"):
        check_agreement(run, runner(), SHAPE)


def test_first_line():
    assert first_line(ValueError()) == "ValueError"
    assert len(first_line(ValueError("ab " * 1000))) == 300
