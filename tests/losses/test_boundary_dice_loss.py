import numpy as np
import pytest
from keras import ops

from keras_solo.losses import BoundaryDiceLoss, boundary_dice, dice
from tests.layer_harness import check_loss


def logits_of(probabilities):
    return np.log(probabilities / (1 - np.float32(probabilities)))


def test_empty_and_full_masks_have_no_boundary():
    logits = np.random.default_rng(0).normal(size=(2, 3, 4))
    masks = np.stack([np.zeros((3, 4)), np.ones((3, 4))])
    got = ops.convert_to_numpy(boundary_dice(masks, logits, 1, 7.0))
    want = ops.convert_to_numpy(dice(masks, logits))
    np.testing.assert_allclose(got, want, rtol=1e-6)
    assert got[0] == 1.0


def test_by_hand():
    masks = np.uint8([[1, 1, 0, 0, 0]])
    p = np.float32([[0.5, 0.9, 0.8, 0.1, 0.2]])
    # Means of three: 1, 2/3, 1/3, 0, 0; so two pixels differ by 1/3 each.
    w = np.float32([1, 3, 3, 1, 1])  # 1 + 6 / 3
    shared = 1 * 0.5 + 3 * 0.9
    below = (w * p * p).sum() + (w * masks).sum() + 2e-3
    got = float(boundary_dice(masks, logits_of(p), width=1, weight=6.0))
    assert got == pytest.approx(1 - 2 * shared / below, abs=1e-6)
    # Rows and columns are alike.
    turned = boundary_dice(masks.T, logits_of(p).T, width=1, weight=6.0)
    assert float(turned) == pytest.approx(got, abs=1e-6)


def test_in_two_dimensions():
    """The object fills a corner of 2 x 2; the canvas's edge is no boundary."""
    masks = np.zeros((4, 4), "float32")
    masks[:2, :2] = 1
    # Of the square around each pixel, as far as it is on the canvas.
    means = np.float32(
        [
            [4 / 4, 4 / 6, 2 / 6, 0],
            [4 / 6, 4 / 9, 2 / 9, 0],
            [2 / 6, 2 / 9, 1 / 9, 0],
            [0, 0, 0, 0],
        ]
    )
    weights = 1 + 5 * np.abs(means - masks)
    logits = np.random.default_rng(0).normal(size=(4, 4)).astype("float32")
    got = float(boundary_dice(masks, logits, width=1))
    want = float(dice(masks, logits, weights))
    assert got == pytest.approx(want, rel=1e-6)
    assert got != pytest.approx(float(dice(masks, logits)), rel=1e-2)


def test_width_is_how_far_weights_reach():
    """A wrong pixel beyond it costs less than one within."""
    masks = np.zeros((1, 20), "float32")
    masks[:, :10] = 1
    for width in (1, 2, 4):
        costs = []
        for place in range(10, 20):
            wrong = masks.copy()
            wrong[0, place] = 1
            cost = boundary_dice(masks, 60 * wrong - 30, width=width)
            costs.append(round(float(cost), 5))
        assert costs == sorted(costs, reverse=True)
        assert costs[width - 1] > costs[width] == costs[-1]


def test_soft_mask_is_best_where_it_is_met():
    target = np.float32([[0.2, 0.7], [0.5, 0.9]])
    best = float(boundary_dice(target, logits_of(target)))
    assert best < 1e-3
    for change in (-0.3, 0.3):
        assert float(boundary_dice(target, logits_of(target) + change)) > best


def test_half_precision_counts_large_masks():
    """120,000 pixels are more than float16 can count."""
    masks = np.zeros((400, 600), "uint8")
    masks[:, :300] = 1
    logits = ops.cast(np.where(masks > 0, 9.0, -9.0), "float16")
    assert float(boundary_dice(masks, logits)) < 1e-3


@pytest.mark.parametrize("arguments", [{"width": 0}, {"weight": -1.0}])
def test_arguments_that_mean_nothing(arguments):
    with pytest.raises(ValueError, match=r"Received: width=.*weight="):
        BoundaryDiceLoss(**arguments)


def test_as_a_loss(tmp_path):
    rng = np.random.default_rng(0)
    check_loss(
        BoundaryDiceLoss,
        {
            "width": 2,
            "weight": 3.0,
            "reduction": "sum",
            "name": "mine",
            "dtype": "float64",
        },
        (rng.random((2, 3, 4)) > 0.5).astype("float32"),
        rng.normal(size=(2, 3, 4)).astype("float32"),
        folder=tmp_path,
    )
