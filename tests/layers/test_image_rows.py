import numpy as np
import pytest
from keras import ops

from keras_solo.layers.image_rows import image_rows


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_rows(dtype):
    values = np.arange(12).reshape(2, 3, 2)
    found = image_rows(values, np.array([[2], [0]], dtype))
    assert ops.convert_to_numpy(found).tolist() == [[[4, 5]], [[6, 7]]]


def test_no_row_and_no_image():
    values = np.zeros((2, 3, 4, 5), "float32")
    none = image_rows(values, np.zeros((2, 0), "int32"))
    assert tuple(none.shape) == (2, 0, 4, 5)
    empty = image_rows(values[:0], np.zeros((0, 1), "int32"))
    assert tuple(empty.shape) == (0, 1, 4, 5)
