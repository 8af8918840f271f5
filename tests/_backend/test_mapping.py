"""One row after the other."""

import keras
import numpy as np
from keras import ops

from keras_solo._backend.mapping import map_rows

RESULT = {
    "sum": keras.KerasTensor((), "float32"),
    "twice": keras.KerasTensor((None,), "int32"),
}


def sums(rows, calls):
    def of_row(row):
        calls.append(row)
        return {"sum": ops.sum(row["floats"]), "twice": row["integers"] * 2}

    return map_rows(of_row, rows, RESULT)


def some_rows(count):
    return {
        "floats": np.arange(3 * count, dtype="float32").reshape(count, 3),
        "integers": np.arange(2 * count, dtype="int32").reshape(count, 2),
    }


def test_each_row_by_itself():
    results = sums(some_rows(2), [])
    np.testing.assert_array_equal(results["sum"], [3.0, 12.0])
    np.testing.assert_array_equal(results["twice"], [[0, 2], [4, 6]])
    assert results["sum"].shape == (2,)


def test_a_row_is_looked_at_once():
    """`ops.map` on TensorFlow: three times."""
    calls = []
    sums(some_rows(2), calls)
    assert len(calls) == (1 if keras.backend.backend() == "jax" else 2)
