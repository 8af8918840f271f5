"""Colours: the same on every run, and apart."""

import numpy as np

from keras_solo.visualization.colors import (
    instance_colors,
    lighter,
    readable_on,
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


def test_text_is_readable():
    assert readable_on((255, 255, 0)) == (16, 16, 16)
    assert readable_on((0, 0, 120)) == (255, 255, 255)
    assert lighter((0, 100, 255), 0.5) == (128, 178, 255)
