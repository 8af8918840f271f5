"""Weights that are no numbers."""

import warnings

import keras
import numpy as np
import pytest

from keras_solo.models.finite_weights import (
    non_finite,
    refuse_non_finite,
    warn_of_non_finite,
)


def make(value, dtype="float32"):
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(1, dtype=dtype),
            keras.layers.Dropout(0.5),  # its seed is no float
        ]
    )
    bias = np.zeros(1)
    model.layers[0].set_weights([np.array([[1.0], [value]]), bias])
    return model


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_numbers(dtype):
    model = make(1e3, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert non_finite(model) == []
        refuse_non_finite(model)
        warn_of_non_finite(model, "a.h5")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_no_numbers(value, dtype):
    model = make(value, dtype)
    with pytest.raises(ValueError, match="in 1 of .* weights, such as .*kern"):
        refuse_non_finite(model)
    with pytest.warns(UserWarning, match="a.h5 holds NaN .* finds nothing"):
        warn_of_non_finite(model, "a.h5")
