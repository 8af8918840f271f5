import numpy as np
from keras import ops

from keras_solo.layers.mask_rivals import mask_rivals


def rivals(overlap, areas, labels, scores, **options):
    arrays = np.float32(overlap), np.float32(areas), np.array(labels)
    found = mask_rivals(*arrays, np.float32(scores), **options)
    return [ops.convert_to_numpy(x) for x in found]


OVERLAP = [[4, 2, 0], [2, 2, 0], [0, 0, 0]]  # the last mask is empty
AREAS = [4, 2, 0]


def test_better_ones_of_a_class():
    iou, rival = rivals(OVERLAP, AREAS, [0, 0, 0], [0.5, 0.9, 0.7])
    np.testing.assert_array_equal(iou, [[0, 0, 0], [0.5, 0, 0], [0, 0, 0]])
    assert rival.tolist() == [[0, 0, 0], [1, 0, 1], [1, 0, 0]]


def test_of_equal_scores_the_first_is_better():
    _, rival = rivals(OVERLAP, AREAS, [0, 0, 0], [0.5] * 3)
    assert rival.tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0]]


def test_other_classes_and_empty_slots():
    labels = [0, 1, -1]
    iou, rival = rivals(OVERLAP, AREAS, labels, [0.5, 0.4, 0.9])
    assert not iou.any() and not rival.any()
    iou, rival = rivals(
        OVERLAP, AREAS, labels, [0.5, 0.4, 0.9], class_agnostic=True
    )
    assert rival.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert iou[0, 1] == 0.5
    assert not rivals(OVERLAP, AREAS, [-1] * 3, [3, 2, 1])[1].any()


def test_batches():
    one = rivals(OVERLAP, AREAS, [0, 0, 0], [0.5, 0.9, 0.7])
    both = rivals(
        [OVERLAP] * 2, [AREAS] * 2, [[0] * 3] * 2, [[0.5, 0.9, 0.7]] * 2
    )
    for single, double in zip(one, both, strict=True):
        np.testing.assert_array_equal(double, [single] * 2)
