"""Precision over recall."""

import numpy as np
import pytest

from keras_solo.evaluation.curves import Curves


@pytest.fixture
def curves():
    """Cats are found, half of the dogs are; there is no cow."""
    precision = np.full((10, 101, 3), np.nan)
    precision[..., 0] = 1.0
    precision[..., 1] = np.arange(101) <= 50
    precision[5:, :, 1] = 0.0
    return Curves(("cat", "dog", "cow"), precision)


def test_of_a_class_and_of_all(curves):
    assert curves.recall[[0, 1, 100]].tolist() == [0, 0.01, 1]
    assert curves.of_class("dog")[[0, 50, 51]].tolist() == [1, 1, 0]
    assert curves.of_class("dog", 0.75).sum() == 0
    # The mean of those that there are.
    assert curves.overall()[[0, 51]].tolist() == [1, 0.5]
    assert curves.overall(0.75)[0] == 0.5


def test_no_class_at_all():
    none = Curves((), np.zeros((10, 101, 0)))
    assert np.isnan(none.overall()).all()
    assert none.plot().size == none.plot_classes().size


def test_wrong_names_and_thresholds(curves):
    with pytest.raises(ValueError, match="Received: 'ox'"):
        curves.of_class("ox")
    with pytest.raises(ValueError, match="iou_threshold=0.52"):
        curves.overall(0.52)


def test_pictures(curves):
    whole = curves.plot_classes()
    cats = curves.plot_classes(["cat"], 0.5)
    assert whole.size == cats.size == curves.plot().size
    assert (whole.array != cats.array).any()
