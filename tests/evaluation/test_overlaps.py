"""How results and objects of each image overlap."""

import numpy as np
import pytest

from keras_solo.evaluation.checked_results import checked_results
from keras_solo.evaluation.ground_truth import checked_truth
from keras_solo.evaluation.overlaps import overlaps_by_image
from tests.strips import found, truth


def overlaps(content, results, score_threshold=0.0, images=None):
    known = checked_truth(content)
    compact, places = checked_results(results, known)
    return list(
        overlaps_by_image(known, compact, places, score_threshold, images)
    )


def test_images_with_nothing_are_left_out():
    assert overlaps(truth(), []) == []
    assert overlaps(truth([], []), []) == []


def test_a_table():
    content = truth([(0, 10, 9), (10, 20, 3)], [(0, 4, 3)])
    results = found((1, 0, 5, 9, 0.9), (1, 8, 20, 3, 0.5), (1, 30, 31, 3, 0.2))
    first, second = overlaps(content, results)
    assert [first.image, second.image] == [0, 1]
    # Classes in the order of their ids, whatever the order of annotations.
    assert first.object_classes.tolist() == [0, 1]
    assert first.result_classes.tolist() == [0, 0, 1]
    assert first.overlap == pytest.approx(
        np.array([[10 / 12, 2 / 20], [0, 0], [0, 0.5]])
    )
    assert first.equal_classes.tolist() == [
        [True, False],
        [True, False],
        [False, True],
    ]
    assert second.overlap.shape == (0, 1) and len(second.objects) == 1


def test_scores_and_images_are_chosen():
    content = truth([], [])
    results = found((1, 0, 5, 9, 0.3), (2, 0, 5, 9, 0.9), (1, 0, 5, 9, 0.2))
    first, _ = overlaps(content, results, score_threshold=0.3)
    assert first.results == [0]
    (second,) = overlaps(content, results, images=[1])
    assert second.image == 1 and second.results == [1]


def test_crowds_are_of_their_class():
    content = truth([(0, 20, 3, "crowd"), (30, 40, 3)])
    results = found((1, 18, 22, 3, 0.9), (1, 0, 5, 9, 0.9))
    (only,) = overlaps(content, results)
    assert len(only.objects) == 1 and only.overlap.shape == (2, 1)
    # Half of the first is in the crowd; all of the second, of another class.
    assert only.in_crowd.tolist() == [0.5, 0.0]
