import numpy as np
import pytest
from keras import ops

from keras_solo.losses import dice, separation
from tests.gradients import gradients


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
    found = 2 * (0.9 + 0.8 + 0.5) / (np.sum(p * p) + 3 + 2e-3)
    got = ops.convert_to_numpy(separation(masks, others, logits_of(p)))
    wanted = found * claimed / (claimed + 3.001)
    np.testing.assert_allclose(got, [wanted], rtol=1e-5)


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
    assert got == pytest.approx(2 / 3 * 0.5, rel=1e-4)


def test_only_pixels_of_others_are_pushed():
    masks = np.float32([[1, 1, 0, 0, 0, 0]])
    others = np.float32([[0, 0, 0, 1, 1, 0]])
    logits = np.float32([[0.5, -1, 2, 3, -2, 1]])
    (pushed,) = gradients(
        lambda x: ops.sum(separation(masks, others, x)), [logits]
    )
    assert ((pushed > 0) == (others > 0)).all()
    assert (pushed[others == 0] == 0).all()


def test_a_mask_that_knows_nothing_grows_over_objects():
    # As a training begins: a half everywhere, of four objects one is its own.
    masks = np.zeros((1, 40), "float32")
    masks[:, :4] = 1
    others = np.zeros((1, 40), "float32")
    others[:, 4:16] = 1
    (pushed,) = gradients(
        lambda x: ops.sum(dice(masks, x) + separation(masks, others, x)),
        [np.zeros((1, 40), "float32")],
    )
    # What an image shows first is where objects are, not which one it is.
    assert np.sum(pushed[masks + others > 0]) < 0
