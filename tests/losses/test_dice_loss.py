import numpy as np
import pytest
from keras import ops

from keras_solo.losses import DiceLoss, dice


def test_by_hand():
    masks = np.float32([[1, 0], [0, 0]])
    # p = 0.5 everywhere: 1 - 2 * 0.5 / (4 * 0.25 + 1 + 0.002)
    got = float(dice(masks, np.zeros((2, 2), "float32")))
    assert got == pytest.approx(1 - 1 / 2.002, abs=1e-6)


def test_empty_mask_is_a_constant():
    assert float(dice(np.zeros((2, 2)), np.full((2, 2), -99.0))) == 1.0


def test_soft_mask_is_best_where_it_is_met():
    target = np.float32([[0.2, 0.7], [0.5, 0.9]])
    logits = np.log(target / (1 - target))
    best = float(dice(target, logits))
    assert best < 1e-3
    for change in (-0.3, 0.3):
        assert float(dice(target, logits + change)) > best


def test_agrees_with_the_reference(mmdet_cases):
    got = dice(mmdet_cases["dice.target"], mmdet_cases["dice.pred"])
    np.testing.assert_allclose(
        # The case carries the weight 3 of the reference's mask loss.
        3 * ops.convert_to_numpy(got),
        mmdet_cases["dice.none"],
        atol=2e-6,
    )


def test_half_precision_counts_large_masks():
    """200,000 pixels are more than float16 can count."""
    masks = np.ones((1, 400, 500), "uint8")
    logits = ops.cast(np.full((1, 400, 500), 9.0), "float16")
    assert float(dice(masks, logits)[0]) < 1e-3


def test_class():
    masks = np.stack([np.ones((2, 2)), np.zeros((2, 2))]).astype("float32")
    logits = np.full((2, 2, 2), 20.0, "float32")
    assert tuple(DiceLoss(reduction="none")(masks, logits).shape) == (2,)
    assert float(DiceLoss()(masks, logits)) == pytest.approx(0.5, abs=1e-3)
