import numpy as np
import pytest
from keras import ops

from keras_solo.losses import SigmoidFocalLoss, multilabel_focal, sigmoid_focal
from tests.layer_harness import check_loss


def test_no_positive_cell():
    loss = SigmoidFocalLoss()(np.full((1, 4), -1), np.zeros((1, 4, 2)))
    # 8 negatives: 0.75 * 0.5^2 * log 2 each, divided by 0 + 1
    assert float(loss) == pytest.approx(8 * 0.75 * 0.25 * np.log(2), rel=1e-6)


def test_by_hand():
    labels, logits = np.array([1]), np.float32([[0.0, np.log(3.0)]])
    got = ops.convert_to_numpy(sigmoid_focal(labels, logits))
    want = [0.75 * 0.25 * np.log(2), 0.25 * 0.0625 * np.log(4 / 3)]
    np.testing.assert_allclose(got[0], want, rtol=1e-5)


def test_no_class_or_two_may_be_right():
    logits = np.float32([[0.0, np.log(3.0)]])
    none, both = (
        ops.convert_to_numpy(multilabel_focal(np.full((1, 2), right), logits))
        for right in (False, True)
    )
    background = ops.convert_to_numpy(sigmoid_focal(np.array([-1]), logits))
    np.testing.assert_array_equal(none, background)
    want = [0.25 * 0.25 * np.log(2), 0.25 * 0.0625 * np.log(4 / 3)]
    np.testing.assert_allclose(both[0], want, rtol=1e-5)


def test_agrees_with_the_reference(mmdet_cases):
    logits, labels = mmdet_cases["focal.pred"], mmdet_cases["focal.label"]
    labels = np.where(labels == logits.shape[1], -1, labels)
    got = float(ops.sum(sigmoid_focal(labels, logits))) / 9
    assert got == pytest.approx(float(mmdet_cases["focal.avg9"]), rel=2e-6)


def test_extreme_logits_are_finite():
    logits = np.float32([[-1e4, 1e4], [1e4, -1e4]])
    got = ops.convert_to_numpy(sigmoid_focal(np.array([0, -1]), logits))
    assert np.isfinite(got).all()


def test_class_normalises_over_the_batch():
    rng = np.random.default_rng(0)
    labels = rng.integers(-1, 3, (2, 9))
    logits = rng.normal(size=(2, 9, 3)).astype("float32")
    want = float(ops.sum(sigmoid_focal(labels, logits, 0.4, 1.5)))
    got = float(SigmoidFocalLoss(alpha=0.4, gamma=1.5)(labels, logits))
    assert got == pytest.approx(want / ((labels >= 0).sum() + 1), rel=1e-5)


def test_as_a_loss(tmp_path):
    rng = np.random.default_rng(0)
    check_loss(
        SigmoidFocalLoss,
        {"alpha": 0.3, "gamma": 1.0, "name": "mine", "dtype": "float64"},
        rng.integers(-1, 3, (2, 9)).astype("int32"),
        rng.normal(size=(2, 9, 3)).astype("float32"),
        folder=tmp_path,
    )
