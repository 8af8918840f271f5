import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from keras_solo.models import compiled_prediction
from keras_solo.models.compiled_prediction import CompiledPrediction
from tests.doubling import Doubling

CANVAS = (64, 96, 3)


@pytest.fixture
def model():
    return Doubling()


@pytest.fixture
def prediction(model):
    traces = []

    def function(inputs):
        traces.append(inputs.shape)
        return {"double": model(inputs, training=False)}

    made = CompiledPrediction(model, function)
    made.traces = traces
    return made


def double(prediction, inputs):
    return keras.ops.convert_to_numpy(prediction(inputs)["double"]).tolist()


def ones(*shape):
    return np.ones(shape, "float32")


eager = keras.backend.backend() == "torch"


# === Which shapes are compiled ===


def test_nothing_is_compiled_at_first(prediction):
    assert prediction.batch_size(3, CANVAS, default=8) == 8
    assert prediction.step is None


def test_the_smallest_batch_that_is_compiled_and_holds_them(prediction):
    for count in (4, 2, 8):
        prediction(ones(count, *CANVAS))
    found = [
        prediction.batch_size(n, CANVAS, default=16) for n in (1, 2, 3, 5, 9)
    ]
    assert found == [2, 2, 4, 8, 16]
    assert prediction.batch_size(1, (96, 64, 3), default=16) == 16


def test_each_shape_is_traced_once(prediction):
    for count in (1, 2, 1, 2, 1):
        assert double(prediction, ones(count)) == [2.0] * count
    assert len(prediction.traces) == (5 if eager else 2)


def test_they_are_forgotten_when_there_are_too_many(prediction, monkeypatch):
    monkeypatch.setattr(compiled_prediction, "MAX_SHAPES", 2)
    steps = []
    for count in (1, 2, 2, 3, 3):
        prediction(ones(count))
        steps.append(prediction.step)
    assert steps[0] is steps[2] and steps[2] is not steps[3] is steps[4]
    assert prediction.shapes == {(3,)}


# === Threads ===


def test_two_threads_are_inside_at_once(model):
    """Each waits in the step until the other is there too."""
    meeting = threading.Barrier(2, timeout=30)
    model.compile(run_eagerly=True)

    def function(inputs):
        if inputs.shape[0] > 1:
            meeting.wait()
        return {"double": model(inputs)}

    prediction = CompiledPrediction(model, function)
    prediction.step, prediction.shapes = prediction._step((1,)), {(1,), (2,)}
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda _: double(prediction, ones(2)), range(2))
        assert list(found) == [[2.0, 2.0]] * 2


def test_cold_threads_compile_once(prediction):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: double(prediction, ones(1)), range(64)))
    assert found == [[2.0]] * 64
    assert eager or len(prediction.traces) == 1
