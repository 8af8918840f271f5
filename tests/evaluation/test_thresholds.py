"""Thresholds at the door."""

import pytest

from keras_solo.evaluation.thresholds import checked_thresholds


@pytest.mark.parametrize("iou", [0.01, 0.5, 1.0])
def test_right(iou):
    assert checked_thresholds(iou, 0.3) is None


@pytest.mark.parametrize("iou", [0.0, -1, 1.01, float("nan")])
def test_wrong(iou):
    with pytest.raises(ValueError, match="Received: iou_threshold="):
        checked_thresholds(iou, 0.3)


def test_a_score_is_a_number():
    with pytest.raises(ValueError, match="score_threshold=nan"):
        checked_thresholds(0.5, float("nan"))
