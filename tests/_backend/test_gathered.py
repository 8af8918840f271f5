"""One process; several are in `test_replicas.py`."""

import types

import numpy as np
import pytest

from keras_solo._backend import gathered as module
from keras_solo._backend.gathered import (
    gathered,
    gathered_as_words,
    process_count,
)
from tests.doubling import Doubling


@pytest.fixture
def model():
    return Doubling()


def test_one_process(model):
    assert process_count(model) == 1
    assert gathered(b"", model) == [b""]
    assert gathered(b"own", model) == [b"own"]


@pytest.mark.parametrize("contents", [[b"", b""], [b"", b"abcde"], [b"ab"] * 3])
def test_bytes_as_words_and_back(contents):
    calls = []

    def gather(values):
        assert values.dtype == np.int32
        calls.append(values)
        if len(calls) == 1:
            return [np.array([len(one)], "int32") for one in contents]
        size = 4 * len(values)
        padded = [one + bytes(size - len(one)) for one in contents]
        return [np.frombuffer(one, "int32") for one in padded]

    assert gathered_as_words(contents[0], gather) == contents
    assert calls[0].tolist() == [len(contents[0])]
    assert calls[1].tobytes().startswith(contents[0])


def test_workers_of_tensorflow():
    tensorflow = pytest.importorskip("tensorflow")
    assert module._worker_count(tensorflow.distribute.get_strategy()) == 1

    class Strategy(tensorflow.distribute.MultiWorkerMirroredStrategy):
        def __init__(self, jobs):
            spec = tensorflow.train.ClusterSpec(jobs)
            self.resolver = types.SimpleNamespace(cluster_spec=lambda: spec)

        cluster_resolver = property(lambda self: self.resolver)

    assert module._worker_count(Strategy({})) == 1
    jobs = {"chief": ["a:1"], "worker": ["b:1", "c:1"], "evaluator": ["d:1"]}
    assert module._worker_count(Strategy(jobs)) == 3
