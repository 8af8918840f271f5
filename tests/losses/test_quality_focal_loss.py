import numpy as np
import pytest
from keras import ops

from keras_solo.losses import QualityFocalLoss, quality_focal
from tests.layer_harness import POLICIES, check_config


def loss_of(labels, quality, logits, **arguments):
    cells = {"labels": labels, "quality": quality}
    return QualityFocalLoss(**arguments)(cells, logits)


def test_no_positive_cell():
    """Whatever the quality of background is."""
    labels, quality = np.full((1, 4), -1), np.full((1, 4), 0.3, "float32")
    loss = loss_of(labels, quality, np.zeros((1, 4, 2), "float32"))
    # 8 negatives: 0.5^2 * log 2 each, divided by 0 + 1
    assert float(loss) == pytest.approx(8 * 0.25 * np.log(2), rel=1e-6)


def test_by_hand():
    labels, quality = np.array([1, 0]), np.float32([0.5, 1.0])
    logits = np.log(np.float32([[1 / 3, 3], [1, 1 / 3]]))
    got = ops.convert_to_numpy(quality_focal(labels, quality, logits))
    want = [
        # y = 0, p = 1/4; y = 1/2, p = 3/4
        [
            (1 / 4) ** 2 * -np.log(3 / 4),
            (1 / 4) ** 2 * -(np.log(3 / 4) + np.log(1 / 4)) / 2,
        ],
        # y = 1, p = 1/2; y = 0, p = 1/4
        [(1 / 2) ** 2 * np.log(2), (1 / 4) ** 2 * -np.log(3 / 4)],
    ]
    np.testing.assert_allclose(got, want, rtol=1e-5)


def test_beta_is_the_exponent():
    got = quality_focal(
        np.array([0]), np.float32([0.0]), np.float32([[0]]), 3.0
    )
    assert float(got[0, 0]) == pytest.approx(np.log(2) / 8, rel=1e-6)


def test_extreme_logits_are_finite():
    logits = np.float32([[-1e4, 1e4], [1e4, -1e4]])
    quality = np.float32([0.7, 0.7])
    got = quality_focal(np.array([0, -1]), quality, logits)
    assert np.isfinite(ops.convert_to_numpy(got)).all()


def test_class_normalises_over_the_batch():
    rng = np.random.default_rng(0)
    labels = rng.integers(-1, 3, (2, 9))
    quality = rng.random((2, 9)).astype("float32")
    logits = rng.normal(size=(2, 9, 3)).astype("float32")
    want = float(ops.sum(quality_focal(labels, quality, logits, 1.5)))
    got = float(loss_of(labels, quality, logits, beta=1.5))
    assert got == pytest.approx(want / ((labels >= 0).sum() + 1), rel=1e-5)


@pytest.mark.parametrize("policy", POLICIES)
def test_half_precision_is_computed_as_float32(policy):
    logits = ops.cast(
        np.random.default_rng(0).normal(size=(2, 9, 3)),
        policy.removeprefix("mixed_"),
    )
    labels, quality = np.zeros((2, 9), int), np.full((2, 9), 0.3, "float32")
    got, want = (
        float(loss_of(labels, quality, x))
        for x in (logits, ops.cast(logits, "float32"))
    )
    assert got == want


def test_its_config():
    check_config(
        QualityFocalLoss, {"beta": 1.0, "name": "mine", "dtype": "float64"}
    )
