import numpy as np
import pytest
from keras import ops

from keras_solo._backend.ordering import after


@pytest.mark.parametrize("number", [0.0, -3.0, 1e38, np.inf, np.nan])
def test_tensors_are_the_same_whatever_the_event_is(number):
    event = ops.convert_to_tensor(np.full((2, 3), number, "float32"))
    tensors = [np.float32([1.5, -0.0]), np.float32([[7.0]])]
    got = after(event, [ops.convert_to_tensor(tensor) for tensor in tensors])
    for tensor, same in zip(tensors, got, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(same), tensor)


def test_types_stay():
    event = ops.ones((1,), "float32")
    (got,) = after(event, [ops.ones((2,), "float16")])
    assert got.dtype == ops.ones((), "float16").dtype


def test_an_event_of_no_numbers():
    (got,) = after(ops.zeros((0, 3)), [ops.ones((2,))])
    assert tuple(got.shape) == (2,)
