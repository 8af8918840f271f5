"""Colours: the same on every run, and apart."""

import numpy as np

from keras_solo.visualization.colors import (
    instance_colors,
    lighter,
    neighbour_colors,
    readable_on,
    track_colors,
)


def test_empty():
    assert instance_colors([]).shape == (0, 3)


def test_deterministic_and_independent_of_what_follows():
    labels = [0, 5, 0, 1]
    assert (instance_colors(labels) == instance_colors(labels)).all()
    assert (instance_colors(labels)[:3] == instance_colors(labels[:3])).all()


def test_eighty_classes_and_thirty_of_a_class_are_all_different():
    assert len(np.unique(instance_colors(np.arange(80)), axis=0)) == 80
    assert len(np.unique(instance_colors([3] * 30), axis=0)) == 30


def test_neighbouring_classes_are_far_apart():
    colors = instance_colors(np.arange(10)).astype(int)
    steps = np.abs(np.diff(colors, axis=0)).sum(axis=1)
    assert steps.min() > 100


def test_neighbours_are_told_apart():
    """Instances in a row that touch, and one that is alone."""
    row = [[10 * i, 0, 10 * i + 10, 10] for i in range(20)]
    colors = neighbour_colors([*row, [500, 500, 510, 510]]).astype(int)
    steps = np.abs(np.diff(colors[:20], axis=0)).sum(axis=1)
    assert steps.min() > 150
    assert (colors == neighbour_colors([*row, [500, 500, 510, 510]])).all()
    assert (colors[:5] == neighbour_colors(row[:5])).all()
    assert neighbour_colors([]).shape == (0, 3)


def test_a_crowd_of_neighbours():
    """Thirty on one spot have more than a few colours."""
    colors = neighbour_colors([[0, 0, 10, 10]] * 30)
    assert len(np.unique(colors, axis=0)) == 30
    few = neighbour_colors([[0, 0, 10, 10]] * 4).astype(int)
    gaps = np.abs(few[:, None] - few[None, :]).sum(axis=2) + 999 * np.eye(4)
    assert gaps.min() > 100


def test_text_is_readable():
    assert readable_on((255, 255, 0)) == (16, 16, 16)
    assert readable_on((0, 0, 120)) == (255, 255, 255)
    assert lighter((0, 100, 255), 0.5) == (128, 178, 255)


def test_tracks_keep_their_colors():
    assert track_colors([]).shape == (0, 3)
    some, others = track_colors([7, 2, -1]), track_colors([2, 90, 7])
    assert some[0].tolist() == others[2].tolist()
    assert some[1].tolist() == others[0].tolist()
    assert len(set(some[2].tolist())) == 1, "grey: no track"
    assert len({tuple(one) for one in track_colors(range(100)).tolist()}) == 100
