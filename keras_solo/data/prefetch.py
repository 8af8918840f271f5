"""Who makes the next batches ahead: threads or processes."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import cv2

T = TypeVar("T")


class Prefetcher(Generic[T]):
    """Makes what will be asked for next while the caller is busy.

    Args:
        make: Called with an epoch and an index. For processes it must be
            picklable, as a method of a picklable object is.
        count: Indices of an epoch are below it.
        workers: Threads (or processes). With 0, everything is made when it
            is asked for.
        use_multiprocessing: Processes instead of threads.

    Example:

    >>> prefetcher = Prefetcher(lambda epoch, index: 10 * epoch + index, 5)
    >>> prefetcher.get(epoch=1, index=3)
    13
    """

    def __init__(
        self,
        make: Callable[[int, int], T],
        count: int,
        workers: int = 2,
        use_multiprocessing: bool = False,
    ) -> None:
        if workers < 0:
            raise ValueError(
                f"Expected workers to be 0 or more. Received: {workers}"
            )
        self.make = make
        self.count = count
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self._pool: concurrent.futures.Executor | None = None
        self._pending: dict[tuple[int, int], concurrent.futures.Future[T]] = {}
        self._lock = threading.Lock()

    def get(self, epoch: int, index: int) -> T:
        """What `make` returns; the next ones of the epoch are begun.

        Args:
            epoch: From 0.
            index: From 0, below `count`.
        """
        if not self.workers:
            return self.make(epoch, index)
        with self._lock:
            last = min(index + 2 * self.workers, self.count - 1)
            wanted = [(epoch, i) for i in range(index, last + 1)]
            for key in self._pending.keys() - set(wanted):
                self._pending.pop(key).cancel()
            for key in wanted:
                if key not in self._pending:
                    self._pending[key] = self._submit(*key)
            future = self._pending.pop((epoch, index))
        return future.result()

    def _submit(self, epoch: int, index: int) -> concurrent.futures.Future[T]:
        if self._pool is None:
            self._pool = self._start()
        if self.use_multiprocessing:
            return self._pool.submit(_make_in_process, epoch, index)
        return self._pool.submit(self.make, epoch, index)

    def _start(self) -> concurrent.futures.Executor:
        if not self.use_multiprocessing:
            return concurrent.futures.ThreadPoolExecutor(
                self.workers, thread_name_prefix="batches"
            )
        return concurrent.futures.ProcessPoolExecutor(
            self.workers,
            # Forked processes hang where JAX or OpenCV has threads.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_enter_process,
            initargs=(self.make,),
        )


_make_of_process: Callable[[int, int], Any] | None = None


def _enter_process(make: Callable[[int, int], object]) -> None:
    global _make_of_process
    _make_of_process = make
    cv2.setNumThreads(1)


def _make_in_process(epoch: int, index: int) -> Any:
    if _make_of_process is None:
        raise RuntimeError("This process was not started by a `Prefetcher`.")
    return _make_of_process(epoch, index)
