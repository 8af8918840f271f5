import numpy as np
from keras import ops

from keras_solo._backend.rectifier import rectify


def test_of_values_and_of_a_sum():
    values = ops.convert_to_tensor([[-1.0, 2.0]])
    added = ops.convert_to_tensor([[3.0, -4.0]])
    summed = rectify(ops.copy(values), added)
    assert ops.convert_to_numpy(summed).tolist() == [[2.0, 0.0]]
    assert ops.convert_to_numpy(added).tolist() == [[3.0, -4.0]]
    alone = rectify(ops.copy(values))
    assert ops.convert_to_numpy(alone).tolist() == [[0.0, 2.0]]
    to_six = rectify(ops.convert_to_tensor([-1.0, 5.0, 7.0]), to_six=True)
    assert ops.convert_to_numpy(to_six).tolist() == [0.0, 5.0, 6.0]
    empty = rectify(ops.zeros((0, 2)))
    assert np.shape(empty) == (0, 2)
