"""The arrays that were asked for last, as many as there is room for."""

from __future__ import annotations

import collections
from collections.abc import Callable

import numpy as np


class RecentArrays:
    """Keeps arrays, and lets go of the one that was not asked for the longest.

    Args:
        max_bytes: Of all arrays together. One that is larger is not kept.

    Example:

    >>> recent = RecentArrays(max_bytes=100)
    >>> recent.get(3, lambda: np.zeros(5)).nbytes, recent.nbytes
    (40, 40)
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.nbytes: int = 0
        self._arrays: collections.OrderedDict[int, np.ndarray] = (
            collections.OrderedDict()
        )

    def get(self, key: int, make: Callable[[], np.ndarray]) -> np.ndarray:
        """An array that is here, or is made now."""
        if key in self._arrays:
            self._arrays.move_to_end(key)
            return self._arrays[key]
        array = make()
        if array.nbytes <= self.max_bytes:
            self._arrays[key] = array
            self.nbytes += array.nbytes
        while self.nbytes > self.max_bytes:
            self.nbytes -= self._arrays.popitem(last=False)[1].nbytes
        return array

    def clear(self) -> None:
        """Lets go of all of them."""
        self._arrays.clear()
        self.nbytes = 0
