"""What was asked for last is here."""

import numpy as np

from keras_solo.data.recent_arrays import RecentArrays


def test_no_room():
    recent = RecentArrays(max_bytes=0)
    assert recent.get(1, lambda: np.ones(3)).sum() == 3
    assert recent.nbytes == 0


def test_the_oldest_goes():
    made = []

    def make(key):
        made.append(key)
        return np.full(10, key, np.uint8)

    recent = RecentArrays(max_bytes=25)
    for key in (1, 2, 1, 3, 1, 2):
        assert (recent.get(key, lambda key=key: make(key)) == key).all()
        assert recent.nbytes <= 25
    assert made == [1, 2, 3, 2]
    recent.clear()
    assert recent.nbytes == 0
    recent.get(2, lambda: make(2))
    assert made[-1] == 2 and len(made) == 5
