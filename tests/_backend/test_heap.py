import sys

import keras
import pytest

from keras_solo._backend import heap


@pytest.fixture
def given_back(monkeypatch):
    calls = []
    monkeypatch.setattr(heap, "give_back_memory", lambda: calls.append(1))
    return calls


def test_first_call_alone_tidies_up(given_back):
    function = heap.tidied(lambda x, plus=0: x + plus)
    assert function(1, plus=2) == 3
    assert function(2) == 2
    assert given_back == [1]


def test_a_function_is_tidied_once(given_back):
    function = heap.tidied(heap.tidied(abs))
    assert function(-1) == 1
    assert given_back == [1]


def test_error_is_not_a_first_call(given_back):
    function = heap.tidied(lambda x: 1 // x)
    with pytest.raises(ZeroDivisionError):
        function(0)
    assert given_back == []
    function(1)
    assert given_back == [1]


@pytest.mark.skipif(
    keras.backend.backend() == "torch" or sys.platform != "linux",
    reason="nothing is compiled, or another C library",
)
def test_freed_memory_goes_back_to_the_system():
    """Blocks too small for the system: the C library keeps them if freed."""

    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    blocks = [bytes([1]) * 100_000 for _ in range(2_000)]
    last = bytes([1]) * 100_000  # at the end, which would be given back anyway
    del blocks
    kept = resident()
    heap.give_back_memory()
    assert resident() < kept - 100_000_000
    assert last


def test_without_the_function_nothing_happens(monkeypatch):
    monkeypatch.setattr(heap.ctypes, "CDLL", lambda name: object())
    heap.give_back_memory()
