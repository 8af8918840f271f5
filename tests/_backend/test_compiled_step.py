import keras
import numpy as np
import pytest

from keras_solo._backend.compiled_step import compile_step
from tests.doubling import Doubling


@pytest.fixture
def model():
    return Doubling()


@pytest.fixture
def traces():
    return []


@pytest.fixture
def double(model, traces):
    """Compiles at the first call, as the model then says."""
    steps = []

    def function(inputs):
        traces.append(inputs.shape)
        return {"double": model(inputs, training=False)}

    def call(count):
        if not steps:
            steps.append(compile_step(model, function))
        found = steps[0](np.ones(count, "float32"))["double"]
        assert not getattr(found, "requires_grad", False)
        return keras.ops.convert_to_numpy(found).tolist()

    return call


eager = keras.backend.backend() == "torch"


def test_an_empty_batch(double):
    assert double(0) == []


def test_each_shape_is_traced_once(double, traces):
    for count in (1, 2, 1, 2, 1):
        assert double(count) == [2.0] * count
    assert len(traces) == (5 if eager else 2)


def test_weights_are_those_of_the_moment(model, double):
    assert double(1) == [2.0]
    model.factor.assign(3.0)
    assert double(1) == [6.0]


@pytest.mark.parametrize("jit_compile", [False, True])
def test_as_the_model_was_compiled(model, double, traces, jit_compile):
    if eager and jit_compile:
        pytest.skip("torch.compile needs a C++ compiler")
    model.compile(jit_compile=jit_compile)
    assert double(1) == double(1) == [2.0]
    uncompiled = not jit_compile and keras.backend.backend() != "tensorflow"
    assert len(traces) == (2 if uncompiled else 1)


def test_eagerly(model, double, traces):
    model.compile(run_eagerly=True)
    assert double(1) == double(1) == [2.0]
    assert len(traces) == 2
