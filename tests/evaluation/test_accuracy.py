"""TP / (TP + FP + FN), worked out by hand."""

import numpy as np
import pytest

from keras_solo.evaluation.accuracy import IOU_THRESHOLDS, PooledCounts
from keras_solo.evaluation.checked_results import checked_results
from keras_solo.evaluation.ground_truth import checked_truth
from keras_solo.evaluation.overlaps import overlaps_by_image
from tests.strips import found, truth


def count(content, results, score_threshold=0.0):
    known = checked_truth(content)
    compact, places = checked_results(results, known)
    counts = PooledCounts(2)
    for overlaps in overlaps_by_image(known, compact, places, score_threshold):
        counts.add(overlaps)
    return counts


def test_nothing_is_no_number():
    counts = count(truth([]), [])
    for figure in (counts.accuracy(), counts.precision(), counts.recall()):
        assert figure.shape == (10,) and np.isnan(figure).all()
    assert (count(truth([(0, 9, 3)]), []).accuracy() == 0).all()
    assert (count(truth([]), found((1, 0, 9, 3, 1))).accuracy() == 0).all()


def test_a_table():
    """Three cats, one exact, one at IoU 0.8, one missed; one cat invented."""
    content = truth([(0, 10, 3), (10, 20, 3)], [(0, 10, 3)])
    results = found(
        (1, 0, 10, 3, 0.9), (1, 10, 18, 3, 0.9), (2, 20, 30, 3, 0.9)
    )
    counts = count(content, results)
    at = IOU_THRESHOLDS <= 0.8
    assert counts.counts[:, at, 0].T.tolist() == [[2, 1, 1]] * 7
    assert counts.counts[:, ~at, 0].T.tolist() == [[1, 2, 2]] * 3
    assert counts.accuracy()[at] == pytest.approx(2 / 4)
    assert counts.accuracy()[~at] == pytest.approx(1 / 5)
    assert counts.precision()[at] == pytest.approx(2 / 3)
    assert counts.recall(0)[~at] == pytest.approx(1 / 3)
    assert np.isnan(counts.recall(1)).all()


def test_images_are_pooled():
    """One of one, and none of three: a quarter, no mean of 1 and 0."""
    content = truth([(0, 10, 3)], [(0, 5, 3), (10, 15, 3), (20, 25, 3)])
    counts = count(content, found((1, 0, 10, 3, 1.0)))
    assert counts.accuracy() == pytest.approx(1 / 4)


def test_another_class_is_wrong_twice():
    counts = count(truth([(0, 10, 3)]), found((1, 0, 10, 9, 1.0)))
    assert counts.counts[:, 0].tolist() == [[0, 0], [0, 1], [1, 0]]
    assert counts.accuracy()[0] == 0


def test_two_results_on_one_object():
    results = found((1, 0, 10, 3, 0.2), (1, 0, 9, 3, 0.9))
    counts = count(truth([(0, 10, 3)]), results)
    assert counts.counts[:, 0, 0].tolist() == [1, 1, 0]
    # The lower score is the better mask, and is left out here.
    counts = count(truth([(0, 10, 3)]), results, score_threshold=0.5)
    assert counts.counts[:, -1, 0].tolist() == [0, 1, 1]


def test_in_a_crowd():
    content = truth([(0, 20, 3, "crowd")])
    results = found((1, 0, 5, 3, 1), (1, 15, 25, 3, 1), (1, 0, 5, 9, 1))
    counts = count(content, results)
    # Of the second, half is in the crowd: ignored at 0.50 alone.
    assert counts.counts[:, :2, 0].tolist() == [[0, 0], [0, 1], [0, 0]]
    assert counts.counts[1, :, 1].tolist() == [1] * 10


@pytest.mark.parametrize("seed", range(3))
def test_where_masks_do_not_overlap_a_mask_has_one_partner(seed):
    """Then TP is a count of pairs above the threshold, as in Cellpose."""
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.choice(40, 12, replace=False))
    shifted = np.clip(cuts + rng.integers(-1, 2, 12), 0, 40)
    objects = list(zip(cuts[:-1:2], cuts[1::2], strict=True))
    masks = list(zip(shifted[:-1:2], shifted[1::2], strict=True))
    masks = [(a, b) for a, b in masks if a < b]
    counts = count(
        truth([(*ends, 3) for ends in objects]),
        found(*((1, *ends, 3, 1.0) for ends in masks)),
    )
    iou = np.array(
        [
            [
                max(0, min(b, d) - max(a, c)) / (max(b, d) - min(a, c))
                for c, d in objects
            ]
            for a, b in masks
        ]
    )
    for place, threshold in enumerate(IOU_THRESHOLDS[1:].tolist(), start=1):
        right = int((iou >= threshold).sum())
        assert counts.counts[:, place, 0].tolist() == [
            right,
            len(masks) - right,
            len(objects) - right,
        ]
