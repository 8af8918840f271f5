"""Values of variables: there and back, bit for bit, in any type."""

import keras
import numpy as np
import pytest

from keras_solo.training.variable_values import (
    read_values,
    values_bytes,
    write_values,
)

TYPES = ("float32", "bfloat16", "float16", "int32", "uint8", "bool")


def variables(value, types=TYPES):
    return [
        keras.Variable(np.full((2, 3), value), dtype=dtype, trainable=False)
        for dtype in types
    ]


def numbers(variable):
    return np.array(keras.ops.cast(variable, "float32"))


def test_none(tmp_path):
    write_values(tmp_path / "a.npz", [])
    read_values(tmp_path / "a.npz", [])
    assert (tmp_path / "a.npz").stat().st_size <= values_bytes([])


def test_there_and_back(tmp_path):
    ours, others = variables(1.0078125), variables(0)
    write_values(tmp_path / "a.npz", ours)
    read_values(tmp_path / "a.npz", others)
    for one, two in zip(ours, others, strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(numbers(one), numbers(two))
    assert numbers(others[1])[0, 0] == 1.0078125
    size = (tmp_path / "a.npz").stat().st_size
    assert size <= values_bytes(ours)


def test_the_space_of_many_numbers(tmp_path):
    many = [keras.Variable(np.ones(100_000, "float32"))]
    write_values(tmp_path / "a.npz", many)
    size = (tmp_path / "a.npz").stat().st_size
    assert size <= values_bytes(many) <= 1.01 * size


def test_of_another_model(tmp_path):
    write_values(tmp_path / "a.npz", variables(1))
    two = variables(2, TYPES[:2])
    with pytest.raises(ValueError, match="values of 2 variables.*6 of another"):
        read_values(tmp_path / "a.npz", two)
    other = [keras.Variable(np.zeros(4)) for _ in TYPES]
    with pytest.raises(ValueError, match="Expected the values"):
        read_values(tmp_path / "a.npz", other)
    np.testing.assert_array_equal(numbers(two[0]), np.full((2, 3), 2))
