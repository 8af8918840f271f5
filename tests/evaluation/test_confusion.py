"""Matches, misses, duplicates, wrong classes: hand-worked."""

import pytest

from keras_solo.data import ShapesDataset
from keras_solo.evaluation import confusion
from tests.strips import found, truth


def test_nothing():
    nothing = confusion([], truth())
    assert set(nothing.counts.values()) == {0}
    assert nothing.matrix.tolist() == [[0] * 3] * 3
    assert nothing.worst("missed") == nothing.most_confused() == []
    assert repr(nothing).startswith("Confusion(matched 0, wrong_class 0")


@pytest.fixture
def mixed():
    """A cat matched and doubled, a dog taken for a cat, two cats missed."""
    content = truth(
        [(0, 10, 3), (10, 20, 9)], [(0, 10, 3), (20, 30, 3)], [(0, 5, 9)]
    )
    results = found(
        (1, 0, 10, 3, 0.9),
        (1, 0, 9, 9, 0.8),
        (1, 10, 20, 3, 0.7),
        (1, 0, 10, 3, 0.2),
        (2, 30, 40, 9, 0.6),
        (3, 0, 5, 9, 0.5),
    )
    return confusion(results, content)


def test_counts(mixed):
    assert mixed.counts == {
        "matched": 2,
        "wrong_class": 1,
        "missed": 2,
        "duplicate": 1,
        "background": 1,
    }
    assert mixed.per_image.tolist() == [
        [1, 1, 0, 1, 0],
        [0, 0, 2, 0, 1],
        [1, 0, 0, 0, 0],
    ]
    assert mixed.class_names == ("cat", "dog")
    assert (mixed.iou_threshold, mixed.score_threshold) == (0.5, 0.3)


def test_matrix(mixed):
    """Rows add up to objects, columns to results above the score."""
    assert mixed.matrix.tolist() == [[1, 0, 2], [1, 1, 0], [0, 2, 0]]
    assert mixed.matrix.sum(axis=1)[:2].tolist() == [3, 2]
    assert mixed.matrix.sum(axis=0)[:2].tolist() == [2, 3]
    assert mixed.most_confused() == [("dog", "cat", 1)]


def test_worst_images(mixed):
    assert mixed.worst("missed") == [(2, 2)]
    assert mixed.worst("matched") == [(1, 1), (3, 1)]
    assert mixed.worst("matched", 1) == [(1, 1)]
    with pytest.raises(ValueError, match="Received: 'wrong'"):
        mixed.worst("wrong")


def test_thresholds():
    content, results = truth([(0, 10, 3)]), found((1, 0, 6, 3, 0.5))
    assert confusion(results, content).counts["matched"] == 1
    assert confusion(results, content, 0.7).counts["missed"] == 1
    assert confusion(results, content, 0.5, 0.6).counts["missed"] == 1
    with pytest.raises(ValueError, match="iou_threshold=0"):
        confusion(results, content, 0)


def test_a_dataset_against_itself():
    shapes = ShapesDataset(num_images=4)
    annotations = shapes.to_coco()["annotations"]
    perfect = [{**item, "score": 0.5} for item in annotations]
    counts = confusion(perfect, shapes).counts
    assert counts.pop("matched") == len(annotations)
    assert set(counts.values()) == {0}
