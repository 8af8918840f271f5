"""Prefetcher: what it returns is what was asked for, whoever makes it."""

import threading

import pytest

from keras_solo.data import prefetch
from keras_solo.data.prefetch import Prefetcher


def number(epoch, index):
    """At the top of the file, where another process finds it."""
    return 10 * epoch + index


class Counter:
    """Remembers what it made, and where."""

    def __init__(self):
        self.made = []
        self.threads = set()

    def __call__(self, epoch, index):
        self.made.append((epoch, index))
        self.threads.add(threading.current_thread().name)
        return number(epoch, index)


def wait(prefetcher):
    for future in prefetcher._pending.values():
        future.result()


def test_without_workers_nothing_is_made_ahead():
    make = Counter()
    assert Prefetcher(make, 9, workers=0).get(2, 3) == 23
    assert make.made == [(2, 3)]
    assert make.threads == {threading.current_thread().name}


@pytest.mark.parametrize("workers", [1, 2])
def test_twice_as_many_as_workers_are_made_ahead(workers):
    make = Counter()
    prefetcher = Prefetcher(make, 9, workers)
    assert prefetcher.get(0, 0) == 0
    wait(prefetcher)
    assert sorted(make.made) == [(0, i) for i in range(2 * workers + 1)]
    assert all(name.startswith("batches") for name in make.threads)


def test_each_is_made_once_and_none_beyond_the_epoch():
    make = Counter()
    prefetcher = Prefetcher(make, 4, workers=2)
    assert [prefetcher.get(1, i) for i in range(4)] == [10, 11, 12, 13]
    assert sorted(make.made) == [(1, i) for i in range(4)]


def test_what_is_no_longer_wanted_is_dropped():
    prefetcher = Prefetcher(Counter(), 9, workers=1)
    prefetcher.get(0, 0)
    assert prefetcher.get(3, 5) == 35
    assert set(prefetcher._pending) == {(3, 6), (3, 7)}


def test_processes():
    prefetcher = Prefetcher(number, 3, workers=1, use_multiprocessing=True)
    assert [prefetcher.get(1, i) for i in range(3)] == [10, 11, 12]


def test_a_process_of_others(monkeypatch):
    monkeypatch.setattr(prefetch, "_make_of_process", None)
    with pytest.raises(RuntimeError, match="not started by a `Prefetcher`"):
        prefetch._make_in_process(0, 0)
    monkeypatch.setattr(prefetch.cv2, "setNumThreads", lambda count: None)
    prefetch._enter_process(number)
    assert prefetch._make_in_process(4, 2) == 42


def test_an_error_arrives_where_it_was_asked_for():
    def make(epoch, index):
        raise KeyError(index)

    with pytest.raises(KeyError, match="7"):
        Prefetcher(make, 9, workers=1).get(0, 7)


def test_it_refuses():
    with pytest.raises(ValueError, match="workers to be 0 or more"):
        Prefetcher(number, 3, workers=-1)
