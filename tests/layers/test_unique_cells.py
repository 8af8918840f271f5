import numpy as np
import pytest
from keras import ops

from keras_solo.layers.unique_cells import unique_cells


@pytest.mark.parametrize(
    "cells, valid, distinct, slots",
    [
        ([4, 4], [0, 0], [0, 0], [0, 0]),
        ([7, 3, 7, 9, 3], [1, 1, 1, 1, 0], [7, 3, 9, 0, 0], [0, 1, 0, 2, 0]),
        ([5, 5, 5], [1, 1, 1], [5, 0, 0], [0, 0, 0]),
    ],
)
def test_by_hand(cells, valid, distinct, slots):
    found = unique_cells(
        ops.convert_to_tensor(np.int32(cells)),
        ops.convert_to_tensor(np.array(valid, bool)),
    )
    found, places, count = (ops.convert_to_numpy(x).tolist() for x in found)
    assert (found, places) == (distinct, slots)
    assert count == len({c for c, v in zip(cells, valid, strict=True) if v})
