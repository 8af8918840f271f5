"""The picture of each instance."""

import numpy as np

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.cutouts import cutouts

IMAGE = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
MASKS = np.zeros((3, 4, 6), bool)
MASKS[0, 1:3, 2:5] = True
MASKS[0, 1, 2] = False
MASKS[1, 3, 5] = True


def test_none():
    none = CompactMasks.from_dense(MASKS[:0])
    assert cutouts(IMAGE, none) == []


def test_the_box_of_each_mask():
    one, other, empty = cutouts(IMAGE, CompactMasks.from_dense(MASKS))
    np.testing.assert_array_equal(one, IMAGE[1:3, 2:5])
    np.testing.assert_array_equal(other, IMAGE[3:, 5:])
    assert empty.shape == (0, 0, 3)
    one[:] = 0
    assert IMAGE[1:3, 2:5].any(), "a new array"


def test_a_margin_ends_at_the_image():
    one, other, empty = cutouts(IMAGE, CompactMasks.from_dense(MASKS), 2)
    np.testing.assert_array_equal(one, IMAGE[:, :])
    np.testing.assert_array_equal(other, IMAGE[1:, 3:])
    assert empty.shape == (0, 0, 3)


def test_the_mask_is_the_opacity():
    compact = CompactMasks.from_dense(MASKS)
    one, other, empty = cutouts(IMAGE, compact, 1, masked=True)
    np.testing.assert_array_equal(one[..., :3], IMAGE[:4, 1:6])
    np.testing.assert_array_equal(one[..., 3], MASKS[0, :4, 1:6] * 255)
    assert other[..., 3].tolist() == [[0, 0], [0, 255]]
    assert empty.shape == (0, 0, 4) and empty.dtype == np.uint8
