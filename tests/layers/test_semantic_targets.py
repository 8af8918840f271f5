import numpy as np
import pytest
from keras import ops

from keras_solo.layers import semantic_targets


def targets(masks, labels, num_classes=2):
    found = semantic_targets(
        np.asarray(masks)[None], np.asarray(labels, "int32")[None], num_classes
    )
    return ops.convert_to_numpy(found)[0]


def test_no_object():
    masks = np.ones((2, 4, 6), "uint8")
    assert not targets(masks, [-1, -1]).any()
    assert targets(masks, [-1, -1]).shape == (2, 3, 2)
    assert not targets(np.zeros((0, 4, 6), "uint8"), []).any()


#  Object 0 of class 1     object 1 of class 0     object 2 of class 1
THREE = [
    [[1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0]],
    [[0, 0, 0, 1, 1, 0], [0, 1, 0, 1, 1, 1]],
    [[0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 1]],
]
#             four quarters or one; two; three
CLASS_0 = [[False, True, True]]
#             four; one of each of two objects; one
CLASS_1 = [[True, True, False]]


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "bool"])
def test_by_hand(dtype):
    found = targets(np.array(THREE, dtype), [1, 0, 1])
    np.testing.assert_array_equal(found[..., 0], CLASS_0)
    np.testing.assert_array_equal(found[..., 1], CLASS_1)


def test_soft_masks_reach_half_though_their_sum_is_rounded():
    masks = np.full((5, 2, 2), 0.1, "float32")
    assert targets(masks, [0] * 5)[0, 0].tolist() == [True, False]
    assert not targets(masks[:4], [0] * 4).any()


def test_400_objects_are_their_union():
    rng = np.random.default_rng(0)
    masks = (rng.random((400, 8, 8)) < 0.005).astype("uint8")
    labels = rng.integers(-1, 3, 400)
    # No two objects share a pixel, as instances of an image do not.
    masks *= np.cumsum(masks, axis=0) == 1
    want = np.zeros((4, 4, 3), bool)
    for label in range(3):
        union = masks[labels == label].max(axis=0).reshape(4, 2, 4, 2)
        want[..., label] = union.mean(axis=(1, 3)) >= 0.5
    assert 0 < want.mean() < 1
    np.testing.assert_array_equal(targets(masks, labels, 3), want)


def test_finer_masks_give_the_same():
    masks = np.random.default_rng(0).integers(0, 2, (1, 3, 4, 6)) * 1.0
    labels = np.int32([[0, 1, -1]])
    finer = masks.repeat(2, axis=2).repeat(2, axis=3)
    one = semantic_targets(masks, labels, 2)
    other = semantic_targets(finer, labels, 2, factor=4)
    np.testing.assert_array_equal(np.array(one), np.array(other))
