import numpy as np
import pytest
from keras import ops

from keras_solo.layers import HardNMS, hard_nms
from tests.layer_harness import check_layer


def nms(*args, **kwargs):
    return ops.convert_to_numpy(hard_nms(*args, **kwargs))


def bars(*columns):
    """Masks of 4 x 16 pixels, from a column to another."""
    masks = np.zeros((len(columns), 4, 16), "uint8")
    for mask, (start, end) in zip(masks, columns, strict=True):
        mask[:, start:end] = 1
    return masks


def test_nothing():
    got = nms(np.zeros((0, 4, 4)), np.zeros(0, "int32"), np.zeros(0))
    assert got.shape == (0,)


def test_by_hand():
    # IoU with the one before: 3/5, 3/5, and of the first with the third 1/3.
    masks = bars((0, 4), (1, 5), (2, 6))
    labels, scores = np.zeros(3, "int32"), np.float32([0.9, 0.8, 0.7])
    # The second goes, so the third is beaten by nothing that stays.
    np.testing.assert_array_equal(
        nms(masks, labels, scores), np.float32([0.9, 0, 0.7])
    )
    np.testing.assert_array_equal(
        nms(masks, labels, scores, iou_threshold=0.3), np.float32([0.9, 0, 0])
    )
    # Not above the threshold: 3/5 is not more than 0.6 in float32 either.
    np.testing.assert_array_equal(
        nms(masks, labels, scores, iou_threshold=0.61), scores
    )


def test_classes():
    masks = bars((0, 4), (0, 4), (0, 4))
    labels, scores = np.array([0, 1, 0]), np.float32([0.7, 0.9, 0.8])
    np.testing.assert_array_equal(
        nms(masks, labels, scores), np.float32([0, 0.9, 0.8])
    )
    np.testing.assert_array_equal(
        nms(masks, labels, scores, class_agnostic=True), np.float32([0, 0.9, 0])
    )


def test_ties_empty_masks_and_empty_slots():
    masks = bars((0, 4), (0, 4), (0, 0), (0, 0), (0, 4))
    labels = np.array([0, 0, 0, 0, -1])
    for across in (False, True):
        got = nms(masks, labels, np.full(5, 0.5), class_agnostic=across)
        assert got.tolist() == [0.5, 0, 0.5, 0.5, 0]
        # A slot suppresses nothing, whatever stands in its place.
        got = nms(masks, labels, np.arange(1.0, 6), class_agnostic=across)
        assert got.tolist() == [0, 2, 3, 4, 0]


def one_after_the_other(masks, labels, scores, threshold, across):
    """The rule as everybody writes it."""
    flat = masks.reshape(len(masks), -1).astype(float)
    shared = flat @ flat.T
    areas = flat.sum(axis=1)
    kept = np.zeros(len(masks))
    for i in np.argsort(-scores, kind="stable"):
        rivals = [
            j for j in np.flatnonzero(kept) if across or labels[i] == labels[j]
        ]
        union = np.maximum(areas[i] + areas[rivals] - shared[i, rivals], 1)
        if labels[i] >= 0 and not (shared[i, rivals] / union > threshold).any():
            kept[i] = scores[i]
    return kept


@pytest.mark.parametrize("across", [False, True])
def test_is_what_one_after_the_other_gives(across):
    """Long chains, ties, several classes."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        starts = rng.integers(0, 200, 120)
        places = np.arange(240)
        masks = (places >= starts[:, None]) & (places < starts[:, None] + 40)
        masks = masks.reshape(120, 1, 240)
        labels = rng.integers(-1, 3, 120)
        scores = rng.integers(1, 60, 120).astype("float32")
        threshold = rng.choice([0.2, 0.5, 0.8])
        want = one_after_the_other(masks, labels, scores, threshold, across)
        got = nms(masks, labels, scores, threshold, across)
        np.testing.assert_array_equal(got, want)


def test_the_longest_chain():
    """Each beats the next alone: every other one stays."""
    steps = 4 * np.arange(64)
    places = np.arange(264)
    masks = (places >= steps[:, None]) & (places < steps[:, None] + 10)
    scores = np.linspace(1, 0.1, 64).astype("float32")
    got = nms(masks.reshape(64, 1, -1), np.zeros(64, "int32"), scores, 0.4)
    np.testing.assert_array_equal(got > 0, np.arange(64) % 2 == 0)


def test_batch_is_image_by_image():
    rng = np.random.default_rng(1)
    masks = rng.random((3, 5, 6, 6)) > 0.3
    labels, scores = rng.integers(0, 2, (3, 5)), rng.random((3, 5))
    got = nms(masks, labels, scores)
    for one in range(3):
        np.testing.assert_array_equal(
            got[one], nms(masks[one], labels[one], scores[one])
        )


def test_errors():
    for wrong in (-0.1, 1.5, float("nan"), "half", None):
        with pytest.raises(ValueError, match="iou_threshold to be a number"):
            HardNMS(wrong)
    with pytest.raises(ValueError, match="from 0 to 1.*Received: 2"):
        nms(bars((0, 1)), np.zeros(1, "int32"), np.ones(1), 2)


def test_as_a_layer(tmp_path):
    rng = np.random.default_rng(2)
    check_layer(
        HardNMS,
        {"iou_threshold": 0.3, "class_agnostic": True},
        (rng.random((2, 6, 8, 8)) > 0.5).astype("float32"),
        rng.integers(-1, 2, (2, 6)).astype("int32"),
        rng.random((2, 6)).astype("float32"),
        folder=tmp_path,
        precise=True,
    )
