"""Rectangles and ellipses as outlines."""

import math

import numpy as np

from keras_solo.data.formats.drawn_shapes import ellipse, rectangle
from keras_solo.data.masks import rasterize


def test_nothing():
    assert rectangle(0, 0, 0, 0) == [0] * 8
    assert set(ellipse(2.0, 2.0, 0.0, 0.0)) == {2.0}


def test_a_rectangle():
    drawn = rasterize([rectangle(1, 2, 4, 5)], (8, 10))
    assert drawn.sum() == 9 and drawn[2:5, 1:4].all()


def test_an_ellipse():
    drawn = rasterize([ellipse(30, 20, 20, 10)], (40, 60))
    y, x = np.mgrid[:40, :60] + 0.5
    inside = ((x - 30) / 20) ** 2 + ((y - 20) / 10) ** 2 < 1
    assert (drawn != inside).mean() < 0.02


def test_a_turned_ellipse():
    upright = rasterize([ellipse(30, 30, 10, 20)], (60, 60))
    turned = rasterize([ellipse(30, 30, 20, 10, math.pi / 2)], (60, 60))
    assert (upright != turned).mean() < 0.005
