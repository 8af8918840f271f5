import numpy as np
import pytest

from keras_solo.geometry.column_runs import empty_runs, mask_runs
from keras_solo.geometry.flipped_runs import FLIPS, flipped_runs


def flipped(mask, flip):
    mask = mask[:, ::-1] if flip.horizontal else mask
    return mask[::-1] if flip.vertical else mask


@pytest.mark.parametrize("name", FLIPS)
def test_nothing(name):
    runs = flipped_runs(empty_runs((3, 4)), (3, 4), FLIPS[name])
    assert runs.tolist() == [12]


def test_by_hand():
    runs = mask_runs(np.array([[1, 1, 0], [1, 0, 0]], bool))
    assert runs.tolist() == [0, 3, 3]  # over the end of a column
    size = (2, 3)
    assert flipped_runs(runs, size, FLIPS["none"]) is runs
    got = {n: flipped_runs(runs, size, f).tolist() for n, f in FLIPS.items()}
    assert got == {
        "none": [0, 3, 3],
        "horizontal": [2, 1, 1, 2],
        "vertical": [0, 2, 1, 1, 2],
        "both": [3, 3],
    }


@pytest.mark.parametrize("name", FLIPS)
def test_is_what_happens_to_pixels(name):
    """Noise, a blob, full rows, full columns, everything."""
    rng = np.random.default_rng(0)
    flip = FLIPS[name]
    for height, width in ((7, 9), (1, 6), (6, 1), (12, 5)):
        masks = [rng.random((height, width)) > p for p in (0.1, 0.5, 0.9)]
        rows, columns = np.mgrid[:height, :width]
        masks += [rows >= 0, columns < width // 2 + 1, rows >= height // 2]
        for mask in masks:
            runs = mask_runs(mask)
            got = flipped_runs(runs, mask.shape, flip)
            np.testing.assert_array_equal(got, mask_runs(flipped(mask, flip)))
            assert got.dtype == np.uint32
            again = flipped_runs(got, mask.shape, flip)
            np.testing.assert_array_equal(again, runs)
