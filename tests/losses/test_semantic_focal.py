import numpy as np
import pytest
from keras import ops

from keras_solo.losses import semantic_focal


def test_no_positive_pixel():
    targets = np.zeros((1, 2, 2, 1), bool)
    loss = semantic_focal(targets, np.zeros((1, 2, 2, 1), "float32"))
    # 4 negatives: 0.75 * 0.5^2 * log 2 each, divided by 0 + 1
    assert float(loss) == pytest.approx(0.75 * np.log(2), rel=1e-6)


def test_by_hand():
    """A pixel of both classes, and one of none, at logits 0 and log 3."""
    targets = np.array([[[[True, True], [False, False]]]])
    logits = np.float32([[[[0.0, np.log(3)], [0.0, np.log(3)]]]])
    positives = 0.25 * (0.25 * np.log(2) + 0.0625 * np.log(4 / 3))
    negatives = 0.75 * (0.25 * np.log(2) + 0.5625 * np.log(4))
    got = semantic_focal(targets, logits)
    assert float(got) == pytest.approx((positives + negatives) / 3, rel=1e-5)


def test_float32_of_half_precision():
    targets = np.array([[[[True, False]]]])
    loss = semantic_focal(targets, ops.cast(np.zeros((1, 1, 1, 2)), "float16"))
    assert float(loss) == pytest.approx(0.125 * np.log(2), rel=1e-6)


def test_shapes_that_differ():
    with pytest.raises(ValueError, match=r"2 x 2 pixels.*\(1, 4, 4, 2\)"):
        semantic_focal(
            np.zeros((1, 4, 4, 2), bool), np.zeros((1, 8, 8, 2), "float32")
        )
