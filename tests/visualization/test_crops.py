"""Masks cut to their boxes."""

import numpy as np

from keras_solo.visualization.crops import Crops, DenseCrops


def test_no_masks():
    crops = DenseCrops(np.zeros((0, 4, 6), bool))
    assert isinstance(crops, Crops)
    assert (len(crops), crops.size, crops.windows) == (0, (4, 6), [])
    assert crops.areas.tolist() == []


def test_each_is_cut_to_its_box():
    masks = np.zeros((2, 4, 6), bool)
    masks[1, 1, 2] = masks[1, 3, 3] = True
    crops = DenseCrops(masks)
    assert (len(crops), crops.areas.tolist()) == (2, [0, 2])
    assert crops.windows == [(0, 0, 0, 0), (2, 1, 4, 4)]
    assert crops.crop(0).shape == (0, 0)
    assert crops.crop(1).tolist() == [[1, 0], [0, 0], [0, 1]]


def test_an_array_is_none():
    assert not isinstance(np.zeros((1, 2, 3)), Crops)
