"""tf.data of what Python makes, where TensorFlow is installed."""

import sys

import numpy as np
import pytest

from keras_solo._backend.tf_data import dataset_of, imported_tensorflow


def test_without_tensorflow(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match=r'install "keras-solo\[tensorflow'):
        dataset_of(lambda number: [], 3, [], tuple, 1)


SIGNATURE = [((2, None), np.dtype("uint8")), ((2,), np.dtype("float16"))]


def make(number):
    shape = (2, number + 1)
    return np.full(shape, number, "uint8"), np.full(2, number / 2, "float16")


@pytest.mark.parametrize("parallel", [1, 3])
def test_elements_come_in_order(parallel):
    tf = pytest.importorskip("tensorflow")
    assert imported_tensorflow() is tf
    found = dataset_of(make, 4, SIGNATURE, tuple, parallel)
    assert int(found.cardinality()) == 4
    wide, flat = found.element_spec
    assert (wide.shape.as_list(), wide.dtype) == ([2, None], tf.uint8)
    assert (flat.shape.as_list(), flat.dtype) == ([2], tf.float16)
    for number, element in enumerate(found.as_numpy_iterator()):
        for ours, theirs in zip(element, make(number), strict=True):
            np.testing.assert_array_equal(ours, theirs)
