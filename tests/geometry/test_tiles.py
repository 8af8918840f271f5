import itertools

import numpy as np
import pytest

from keras_solo.geometry.tiles import tiles


def test_an_image_no_larger_than_a_tile_is_one():
    for size in ((1, 1), (5, 8), (10, 8), (10, 10)):
        (one,) = tiles(size, (10, 10), 0.25)
        assert one.window == one.core == (0, 0, size[1], size[0])


def test_without_overlap():
    found = tiles((20, 10), (10, 10), 0.0)
    assert [one.window for one in found] == [(0, 0, 10, 10), (0, 10, 10, 20)]
    assert [one.core for one in found] == [(0, 0, 10, 10), (0, 10, 10, 20)]


def test_one_pixel_more_than_a_tile():
    found = tiles((10, 11), (10, 10), 0.0)
    assert [one.window for one in found] == [(0, 0, 10, 10), (1, 0, 11, 10)]
    assert [one.core for one in found] == [(0, 0, 5, 10), (5, 0, 11, 10)]


@pytest.mark.parametrize("size", [(17, 64), (33, 34), (100, 7)])
@pytest.mark.parametrize("overlap", [0.0, 0.1, 0.25, 0.5, 0.9, 0.99])
def test_tiles_cover_the_image_and_share_enough(size, overlap):
    tile = (16, 12)
    found = tiles(size, tile, overlap)
    seen = np.zeros(size, int)
    for one in found:
        x1, y1, x2, y2 = one.core
        seen[y1:y2, x1:x2] += 1
        left, top, right, bottom = one.window
        assert left <= x1 < x2 <= right and top <= y1 < y2 <= bottom
        assert right - left == min(tile[1], size[1])
        assert bottom - top == min(tile[0], size[0])
    assert (seen == 1).all()
    for low, high, side in ((0, 2, tile[1]), (1, 3, tile[0])):
        spans = sorted({(t.window[low], t.window[high]) for t in found})
        for (_, stop), (start, _) in itertools.pairwise(spans):
            # At least one pixel further, whatever is wanted.
            assert stop - start >= min(overlap * side, side - 1) - 1e-6
        steps = np.diff([start for start, _ in spans])
        assert not len(steps) or steps.max() - steps.min() <= 1
