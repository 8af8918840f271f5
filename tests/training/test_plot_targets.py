"""plot_targets: the cells that a model and its batches say."""

import types

import numpy as np
import pytest

from keras_solo.data import ShapesDataset
from keras_solo.geometry import Letterbox, Levels
from keras_solo.training import plot_targets
from keras_solo.training.plot_targets import split_by_level

LEVELS = Levels(
    grid_sizes=(8, 4), ranges=((0, 24), (16, "inf")), names=("P2", "P3")
)


def test_split_by_level():
    """8 x 8 cells come first, so cell 64 is the first of the second level."""
    cells = np.array([0, 63, 64, 79, -1])
    instances = np.array([0, 1, 1, 2, -1])
    first, second = split_by_level(LEVELS, cells, instances)
    assert first["cells"].tolist() == [0, 63]
    assert second["cells"].tolist() == [0, 15]
    assert second["instances"].tolist() == [1, 2]
    assert second["name"], second["grid_size"] == ("P3", 4)


class FakeDataset:
    class_names = ("square",)

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return types.SimpleNamespace(instances=[None] * index)

    def batches(self, letterbox, batch_size, shuffle, **options):
        assert isinstance(letterbox, Letterbox)
        assert (batch_size, shuffle) == (1, False)
        masks = np.zeros((1, 3, 16, 16), np.uint8)
        masks[0, 0, 4:12, 4:12] = 1
        targets = {"masks": masks, "labels": np.array([[0, -1, -1]])}
        return {
            0: (np.zeros((1, 64, 64, 3), np.uint8), targets),
            1: (np.ones((1, 64, 64, 3), np.uint8), targets),
        }


FAKE_MODEL = types.SimpleNamespace(
    preprocessor=Letterbox((64, 64)),
    levels=LEVELS,
    target_encoder=lambda targets: {
        "labels": np.zeros((1, 80), np.int32),
        "pair_cells": np.array([[64 + 5, -1]]),
        "pair_instances": np.array([[0, -1]]),
    },
)


def test_plot_targets():
    picture = plot_targets(FakeDataset(), FAKE_MODEL, panel_width=200)
    assert picture.size[1] == 3 * 200 + 4 * 8
    last = plot_targets(FakeDataset(), FAKE_MODEL, index=-1, panel_width=200)
    assert last.size == picture.size
    with pytest.raises(IndexError, match="below 2"):
        plot_targets(FakeDataset(), FAKE_MODEL, index=2)
    with pytest.raises(IndexError, match="below 0"):
        plot_targets([], FAKE_MODEL)


def test_most_objects():
    """By default the second image, which has one object."""
    chosen = plot_targets(FakeDataset(), FAKE_MODEL, panel_width=200)
    first, second = (
        plot_targets(FakeDataset(), FAKE_MODEL, index, panel_width=200)
        for index in range(2)
    )
    np.testing.assert_array_equal(chosen, second)
    assert (first.array != second.array).any()


def test_a_model(tiny_model):
    shapes = ShapesDataset(3, original_size=(64, 64))
    picture = plot_targets(shapes, tiny_model, panel_width=200)
    assert picture.size[1] == 3 * 200 + 4 * 8
