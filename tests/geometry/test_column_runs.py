"""Run lengths and masks, there and back, as pycocotools has them."""

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from keras_solo.geometry import column_runs as c
from keras_solo.geometry.extent import extent


def random_masks(count=300):
    """Of few pixels and of almost all, many at the edge of their image."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        size = rng.integers(1, 12, 2)
        mask = rng.random(size) < rng.choice([0.05, 0.3, 0.9, 1.0])
        mask[: rng.integers(0, size[0])] = False
        yield mask


@pytest.mark.parametrize("size", [(1, 1), (4, 6)])
def test_an_empty_mask(size):
    mask = np.zeros(size, bool)
    runs = c.mask_runs(mask)
    assert runs.tolist() == c.empty_runs(size).tolist() == [mask.size]
    assert runs.dtype == c.empty_runs(size).dtype == np.uint32
    assert c.runs_area(runs) == 0
    assert c.runs_extent(runs, size[0]) == (0, 0, 0, 0)
    assert c.runs_crop(runs, size[0], (0, 0, 0, 0)).shape == (0, 0)
    c.draw_runs(runs, mask)
    assert not mask.any()


@pytest.mark.parametrize(
    ("mask", "runs"),
    [
        ([[1]], [0, 1]),
        ([[1, 1], [1, 1]], [0, 4]),
        ([[0, 1], [1, 1]], [1, 3]),
        ([[1, 0], [0, 0]], [0, 1, 3]),
        ([[0, 1, 0], [0, 1, 0]], [2, 2, 2]),
        ([[0, 1], [0, 0], [1, 0]], [2, 2, 2]),
    ],
)
def test_runs_by_hand(mask, runs):
    """Down the columns, and on in the next."""
    assert c.mask_runs(np.array(mask, bool)).tolist() == runs


def test_there_and_back():
    for mask in random_masks():
        height = mask.shape[0]
        runs = c.mask_runs(mask)
        rle = coco_mask.encode(np.asfortranarray(mask.view(np.uint8)))
        raw = {"size": list(mask.shape), "counts": runs}
        assert coco_mask.frPyObjects(raw, *mask.shape) == rle
        assert c.runs_area(runs) == mask.sum()
        window = x1, y1, x2, y2 = c.runs_extent(runs, height)
        assert window == extent(mask)
        crop = c.runs_crop(runs, height, window)
        assert crop.dtype == bool
        np.testing.assert_array_equal(crop, mask[y1:y2, x1:x2])
        drawn = np.zeros_like(mask)
        c.draw_runs(runs, drawn)
        np.testing.assert_array_equal(drawn, mask)


def test_a_mask_need_not_be_contiguous():
    mask = np.eye(5, 8, dtype=bool)
    for other in (mask[::-1, ::2], mask.T, mask[1:, 1:]):
        runs = c.mask_runs(other)
        assert runs.tolist() == c.mask_runs(other.copy()).tolist()


def test_runs_of_no_pixels_do_not_matter():
    """Files have them."""
    runs = np.array([5, 0, 1, 2, 0, 1, 0, 0, 3, 0])
    assert c.runs_area(runs) == 3
    window = c.runs_extent(runs, 4)
    assert window == (1, 0, 3, 4)
    crop = c.runs_crop(runs, 4, window)
    assert crop.T.tolist() == [[0, 0, 1, 1], [1, 0, 0, 0]]


@pytest.mark.parametrize(
    ("starts", "stops", "runs"),
    [
        ([], [], [12]),
        ([0], [12], [0, 12]),
        ([2, 5], [5, 6], [2, 4, 6]),
        ([2, 5, 9], [4, 5, 12], [2, 2, 5, 3]),
        ([2, 6, 6], [4, 5, 8], [2, 2, 2, 2, 4]),
        ([3], [3], [12]),
    ],
)
def test_places_become_runs(starts, stops, runs):
    """What touches is joined, what is empty is left out."""
    starts, stops = np.array(starts, np.int64), np.array(stops, np.int64)
    found = c.joined_runs(starts, stops, (3, 4))
    assert found.tolist() == runs and found.dtype == np.uint32


def test_centers_of_masks():
    for mask in random_masks():
        x, y = c.runs_center(c.mask_runs(mask), mask.shape[0])
        rows, columns = np.nonzero(mask)
        if rows.size:
            np.testing.assert_allclose(x, columns.mean() + 0.5)
            np.testing.assert_allclose(y, rows.mean() + 0.5)
        else:
            assert np.isnan([x, y]).all()


def test_the_center_of_a_large_image():
    """The sums do not overflow."""
    runs = np.array([0, 30_000 * 100_000], np.uint32)
    assert c.runs_center(runs, 30_000) == (50_000, 15_000)
