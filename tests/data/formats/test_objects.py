"""Objects out of outlines and maps of ids."""

import numpy as np
import pytest

from keras_solo.data.formats.checks import WrongEntry
from keras_solo.data.formats.objects import label_map_runs, polygons_object
from keras_solo.data.masks import decode_rle, rasterize
from tests.data.formats.tiny import DOG, SIZE, mask, outline


def test_an_empty_map():
    assert label_map_runs(np.zeros((3, 4), int)) == {}
    assert label_map_runs(np.zeros((0, 4), int)) == {}


def test_outlines():
    made = polygons_object([outline(DOG)], 5, SIZE, 9)
    assert (made.label, made.annotation_id) == (5, 9)
    assert made.bbox == DOG and made.area == 12
    np.testing.assert_array_equal(rasterize(made.segmentation, SIZE), mask(DOG))


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ([], "no outline"),
        ([[1, 1, 2, 2]], "three points"),
        ([[30, 30, 40, 30, 40, 40]], "outside the image"),
        ([[2.1, 2.1, 2.2, 2.1, 2.2, 2.2]], "cover no pixel"),
    ],
)
def test_outlines_that_are_none(parts, what):
    with pytest.raises(WrongEntry, match=what):
        polygons_object(parts, 0, SIZE, 1)


@pytest.mark.parametrize("seed", range(20))
def test_maps_of_ids(seed):
    rng = np.random.default_rng(seed)
    size = tuple(rng.integers(1, 12, 2))
    ids = rng.choice([0, 0, 1, 5, 70_000, -3], size)
    found = label_map_runs(ids)
    assert list(found) == sorted(set(ids.ravel().tolist()) - {0})
    for id_, runs in found.items():
        np.testing.assert_array_equal(decode_rle(runs), ids == id_)
