"""draw_targets: a dot for each positive cell, at its place."""

import numpy as np
import pytest

from keras_solo.geometry import Levels
from keras_solo.visualization import draw_targets, targets
from keras_solo.visualization.targets import (
    PAGE,
    _count,
    _range_text,
)

IMAGE = np.full((64, 64, 3), 100, np.uint8)
LEVELS = Levels(
    grid_sizes=(8, 4), ranges=((0, 24), (16, "inf")), names=("P2", "P3")
)


def level(cells=(), instances=(), size=4):
    return {
        "name": "P2",
        "grid_size": size,
        "range": (8, 96),
        "cells": cells,
        "instances": instances,
    }


def test_no_objects():
    picture = draw_targets(IMAGE, np.zeros((0, 16, 16)), [], [level(), level()])
    # Three panels in a row, each under its title.
    assert picture.size == (704, 1984)


def test_padding_slots_are_left_out():
    masks = np.zeros((2, 16, 16), np.uint8)
    masks[0, 4:12, 4:12] = 1
    one = draw_targets(IMAGE, masks[:1], [0], [level([5], [0])])
    two = draw_targets(IMAGE, masks, [0, -1], [level([5], [0])])
    assert (one.array == two.array).all()


@pytest.mark.parametrize(
    "labels, named",
    [
        ([0] * 30, 30),
        ([0] * 31, 0),
        ([0] * 30 + [1], 31),
        ([0] * 30 + [-1], 30),
    ],
)
def test_names_of_a_crowd_are_left_out(labels, named, monkeypatch):
    """Where all are of one class, they would hide what is to be seen."""
    written = []
    monkeypatch.setattr(
        targets, "_draw_name", lambda panel, shape, *rest: written.append(rest)
    )
    masks = np.ones((len(labels), 16, 16), np.uint8)
    draw_targets(IMAGE, masks, labels, [level()], panel_width=64)
    assert len(written) == named


def test_a_dot_sits_in_the_middle_of_its_cell():
    """Cell 6 of 4 x 4 is row 1, column 2: centre at (5/8, 3/8)."""
    masks = np.zeros((1, 16, 16))
    arguments = {"panel_width": 320, "columns": 1}
    without = draw_targets(IMAGE, masks, [0], [level()], **arguments)
    with_dot = draw_targets(IMAGE, masks, [0], [level([6], [0])], **arguments)
    changed = (without.array != with_dot.array).any(axis=2)
    # Below the first panel, both titles and three gaps.
    top = with_dot.size[0] - 8 - 320
    rows, cols = np.nonzero(changed[top:, 8:328])
    assert np.abs(cols - 5 / 8 * 320).max() < 14
    assert np.abs(rows - 3 / 8 * 320).max() < 14
    assert abs(rows.mean() - (3 / 8 * 320 - 0.5)) < 0.5
    assert abs(cols.mean() - (5 / 8 * 320 - 0.5)) < 0.5


def test_a_shared_cell_shows_both_objects():
    masks = np.zeros((2, 16, 16))
    one = draw_targets(IMAGE, masks, [0, 0], [level([5], [1])])
    both = draw_targets(IMAGE, masks, [0, 0], [level([5, 5], [0, 1])])
    assert (one.array != both.array).any()


def test_columns():
    many = [level()] * 5
    masks = np.zeros((0, 16, 16))
    wide = draw_targets(IMAGE, masks, [], many, panel_width=100)
    tall = draw_targets(IMAGE, masks, [], many, panel_width=100, columns=1)
    assert wide.size[1] == 3 * 100 + 4 * 8
    assert tall.size[1] == 100 + 2 * 8
    assert (wide.array[0] == PAGE).all()


@pytest.mark.parametrize(
    "wrong",
    [
        level([16], [0]),
        level([-1], [0]),
        level([3], [1]),
        level([3], [-1]),
        level([3, 4], [0]),
    ],
)
def test_wrong_pairs(wrong):
    with pytest.raises(ValueError, match="pairs of a cell below 16"):
        draw_targets(IMAGE, np.zeros((1, 16, 16)), [0], [wrong])


def test_wrong_masks():
    with pytest.raises(ValueError, match="one a label"):
        draw_targets(IMAGE, np.zeros((2, 16, 16)), [0], [level()])


@pytest.mark.parametrize(
    "limits, text",
    [
        ((8, 96), "8-96 px"),
        ((0, 76.8), "up to 77 px"),
        ((307.2, np.inf), "from 307 px"),
        ((0, np.inf), "of any size"),
    ],
)
def test_range_text(limits, text):
    assert _range_text(limits) == text


def test_count():
    assert [_count(n, "cell") for n in (0, 1, 2)] == [
        "0 cells",
        "1 cell",
        "2 cells",
    ]
