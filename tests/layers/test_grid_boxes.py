import numpy as np
from keras import ops

from keras_solo.layers.grid_boxes import grid_boxes


def boxes(inside, threshold=0.5):
    return ops.convert_to_numpy(grid_boxes(np.float32(inside), threshold))


def test_an_empty_mask():
    assert boxes(np.zeros((1, 4, 5), bool)).tolist() == [[0, 0, 0, 0]]


def test_by_hand():
    """Columns 1 and 2, rows 0 to 2, four canvas pixels each."""
    mask = np.zeros((2, 1, 4, 5), bool)
    mask[1, 0, 0, 1] = mask[1, 0, 2, 2] = True
    assert boxes(mask)[1, 0].tolist() == [4, 0, 12, 12]
    assert boxes(mask)[0, 0].tolist() == [0, 0, 0, 0]


def test_the_whole_grid():
    assert boxes(np.ones((1, 4, 5), bool)).tolist() == [[0, 0, 20, 16]]


def test_the_threshold_is_outside():
    mask = np.float32([[0.25, 0.5, 0.75], [0.0, 0.75, 1.0]])
    assert boxes(mask).tolist() == [4, 0, 12, 8]
    assert boxes(mask, 0.75).tolist() == [8, 4, 12, 8]


def test_a_finer_grid():
    masks = np.zeros((1, 4, 6), "float32")
    masks[0, 1:3, 2:5] = 1
    found = ops.convert_to_numpy(grid_boxes(masks, stride=2))
    np.testing.assert_array_equal(found, [[4, 2, 10, 6]])
