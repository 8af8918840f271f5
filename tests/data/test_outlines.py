"""Outlines of masks: exact, and in one line."""

import numpy as np
import pytest

from keras_solo.data.masks import rasterize
from keras_solo.data.outlines import (
    bridged,
    corners,
    mask_outlines,
    tight_piece,
)


def test_nothing():
    assert mask_outlines(np.zeros((3, 4), bool)) == []
    assert len(corners(np.zeros((0, 2), int))) == 0
    assert tight_piece(np.zeros((3, 4), bool)).mask.shape == (0, 0)


def test_a_tight_piece():
    mask = np.zeros((5, 6), np.uint8)
    mask[1:3, 2:5] = [[1, 0, 0], [0, 0, 7]]
    piece, left, top = tight_piece(mask)
    assert (left, top) == (2, 1)
    assert piece.tolist() == [[True, False, False], [False, False, True]]


def test_by_hand():
    mask = np.zeros((5, 6), np.uint8)
    mask[0:5, 0:5] = 1
    mask[1:3, 2:4] = 0
    (part,) = mask_outlines(mask)
    assert part.outer.tolist() == [[0, 0], [0, 5], [5, 5], [5, 0]]
    (hole,) = part.holes
    assert sorted(hole.tolist()) == [[2, 1], [2, 3], [4, 1], [4, 3]]


def test_parts_in_holes():
    mask = np.zeros((7, 7), bool)
    mask[:] = True
    mask[1:6, 1:6] = False
    mask[3, 3] = True
    parts = mask_outlines(mask)
    assert sorted(len(part.holes) for part in parts) == [0, 1]


def random_masks():
    rng = np.random.default_rng(0)
    for number in range(60):
        height, width = rng.integers(1, 24, 2)
        yield rng.random((height, width)) < (0.1, 0.5, 0.9)[number % 3]


def flat(line):
    return line.ravel().tolist()


def test_drawn_again():
    for mask in random_masks():
        drawn = np.zeros(mask.shape, bool)
        for part in mask_outlines(mask):
            whole = rasterize([flat(part.outer)], mask.shape) != 0
            for hole in part.holes:
                whole &= rasterize([flat(hole)], mask.shape) == 0
            drawn |= whole
        np.testing.assert_array_equal(drawn, mask)


def test_one_line_around_all():
    for mask in random_masks():
        parts = mask_outlines(mask)
        if parts:
            drawn = rasterize([flat(bridged(parts))], mask.shape)
            np.testing.assert_array_equal(drawn, mask)


@pytest.mark.parametrize("scale", [1, 3])
def test_a_line_without_bridges(scale):
    mask = np.kron(np.eye(2), np.ones((scale, scale)))
    (part,) = mask_outlines(mask)
    assert bridged([part]) is part.outer
