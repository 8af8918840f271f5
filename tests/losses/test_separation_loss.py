import numpy as np
import pytest
from keras import ops

from keras_solo.losses import dice, separation


def logits_of(probabilities):
    return np.log(probabilities / (1 - np.float32(probabilities)))


def test_without_others_or_claims_it_is_zero():
    masks = np.uint8([[1, 1, 0, 0]])
    others = np.float32([[0, 0, 1, 1]])
    wide = np.full((1, 4), 60.0, "float32")
    assert float(separation(masks, 0 * others, wide)) == 0.0
    assert float(separation(masks, others, 120.0 * masks - 60)) < 1e-6
    # What two objects share is not claimed.
    assert float(separation(masks, masks, wide)) == 0.0


def test_by_hand():
    masks = np.uint8([[[1, 1, 0, 0], [1, 0, 0, 0]]])
    others = np.float32([[[0, 1, 1, 0.5], [0, 0, 0, 1]]])
    p = np.float32([[[0.9, 0.8, 0.6, 0.4], [0.5, 0.7, 0.3, 0.1]]])
    claimed = 0.6 * 1 + 0.4 * 0.5 + 0.1 * 1
    got = ops.convert_to_numpy(separation(masks, others, logits_of(p)))
    np.testing.assert_allclose(got, [claimed / (claimed + 3.001)], rtol=1e-5)


def test_soft_masks_that_are_met_claim_nothing():
    masks = np.float32([[0.9, 0.5, 0.1]])
    logits = logits_of(masks)
    assert float(separation(masks, 1 - masks, logits)) < 1e-6
    assert float(separation(masks, 1 - masks, logits + 0.5)) > 0.02


def test_a_first_wrong_pixel_costs_as_much_as_in_dice():
    masks = np.zeros((40, 40), "float32")
    masks[:20] = 1
    others = 1 - masks
    wrong = masks.copy()
    wrong[30, 7] = 1
    right, one = (100 * x - 50 for x in (masks, wrong))
    beyond = float(dice(masks, one)) - float(dice(masks, right))
    assert float(separation(masks, others, one)) == pytest.approx(
        2 * beyond, rel=1e-2
    )


def test_half_precision_counts_large_masks():
    masks = np.zeros((400, 600), "uint8")
    masks[:, :300] = 1
    logits = ops.cast(np.full((400, 600), 20.0), "float16")
    got = float(separation(masks, 1 - masks, logits))
    assert got == pytest.approx(0.5, rel=1e-4)
