"""CompactMasks: all that dense masks tell, from run lengths."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.masks import encode_mask
from keras_solo.data.polygons import mask_to_polygons
from keras_solo.visualization.crops import Crops


def dense():
    """Nothing, a pixel, an edge, noise, everything."""
    masks = np.zeros((5, 7, 9), bool)
    masks[1, 3, 4] = True
    masks[2, 5:, :3] = True
    masks[3] = np.random.default_rng(0).random((7, 9)) > 0.5
    masks[4] = True
    return masks


def test_none_at_all():
    none = CompactMasks.from_dense(np.zeros((0, 7, 9), bool))
    assert (len(none), none.size, none.nbytes) == (0, (7, 9), 0)
    assert none.boxes.shape == (0, 4) and none.areas.dtype == np.int64
    assert none.to_dense().shape == (0, 7, 9)
    assert none.to_rle() == none.to_polygons() == none.windows == []
    assert len(none[:]) == 0


def test_facts():
    masks = CompactMasks.from_dense(dense())
    assert masks.areas.tolist() == [0, 1, 6, dense()[3].sum(), 63]
    assert masks.boxes[:3].tolist() == [[0] * 4, [4, 3, 5, 4], [0, 5, 3, 7]]
    assert masks.boxes.dtype == np.float32
    assert repr(masks) == "CompactMasks(5 of 7 x 9)"
    assert masks.nbytes == 4 * sum(len(one) for one in masks.runs)
    assert isinstance(masks, Crops)


def test_other_forms():
    masks = CompactMasks.from_dense(dense())
    np.testing.assert_array_equal(masks.to_dense(), dense())
    assert masks.to_rle() == [encode_mask(mask) for mask in dense()]
    for i, (mask, window) in enumerate(
        zip(dense(), masks.windows, strict=True)
    ):
        x1, y1, x2, y2 = window
        np.testing.assert_array_equal(masks.crop(i), mask[y1:y2, x1:x2])


@pytest.mark.parametrize("tolerance", [0, 1.5])
def test_polygons_are_those_of_the_whole_mask(tolerance):
    rows, columns = np.mgrid[:60, :80]
    blob = np.hypot(rows - 40, columns - 55) < 18 + 3 * np.sin(rows / 2)
    masks = np.stack([blob, rows % 7 > columns % 9])
    found = CompactMasks.from_dense(masks).to_polygons(tolerance)
    for mask, parts in zip(masks, found, strict=True):
        want = mask_to_polygons(mask, tolerance)
        assert [part.tolist() for part in parts] == [p.tolist() for p in want]
        assert parts[0].dtype == np.float32


@pytest.mark.parametrize(
    "index",
    [
        slice(1, 3),
        slice(None, None, -1),
        np.array([4, 4, -5]),
        np.arange(5) > 2,
    ],
)
def test_they_are_chosen_like_an_array(index):
    chosen = CompactMasks.from_dense(dense())[index]
    np.testing.assert_array_equal(chosen.to_dense(), dense()[index])


def test_what_is_chosen_is_not_copied():
    masks = CompactMasks.from_dense(dense())
    assert masks[1:].runs[0] is masks.runs[1]


def test_they_cannot_be_changed():
    given = np.array([0, 63], np.uint32)
    masks = CompactMasks((given,), (7, 9))
    given[0] = 5
    assert masks.areas.tolist() == [63]
    with pytest.raises(ValueError, match="read-only"):
        masks.runs[0][0] = 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        masks.size = (9, 7)


def test_copies():
    masks = CompactMasks.from_dense(dense())
    for other in (pickle.loads(pickle.dumps(masks)), copy.deepcopy(masks)):
        np.testing.assert_array_equal(other.to_dense(), dense())


@pytest.mark.parametrize("runs", [[], [62], [0, 64], [[63]]])
def test_runs_of_another_size(runs):
    with pytest.raises(ValueError, match="add up to 63.*Received"):
        CompactMasks((np.array(runs),), (7, 9))


def test_smooth_masks_are_small():
    """Less than an eighth of packed bits."""
    rows, columns = np.mgrid[:600, :800]
    blob = np.hypot(rows - 300, columns - 400) < 250
    assert CompactMasks.from_dense(blob[None]).nbytes < blob.size / 64


@pytest.mark.parametrize(
    "runs", [[-1, 5], [2**32, 4], [1.5, 2.5], [0.0, 4.0], None, ["0", "4"]]
)
def test_runs_are_whole_numbers(runs):
    """All but two of them would add up to 4, taken as they come."""
    with pytest.raises(ValueError, match="whole numbers from 0"):
        CompactMasks((np.array(runs),), (2, 2))


def test_centers():
    centers = CompactMasks.from_dense(dense()).centers
    assert np.isnan(centers[0]).all()
    assert centers[[1, 2, 4]].tolist() == [[4.5, 3.5], [1.5, 6], [4.5, 3.5]]


def test_counts_of_others():
    """Runs without a pixel are none."""
    odd = [[0, 1, 0, 1, 1, 0, 1, 0, 2], "06", b"6"]
    masks = CompactMasks.from_counts(odd, (2, 3))
    assert [one.tolist() for one in masks.runs] == [[0, 2, 4], [0, 6], [6]]
    assert len(CompactMasks.from_counts([], (2, 3))) == 0
    with pytest.raises(ValueError, match="add up to 6"):
        CompactMasks.from_counts([[5]], (2, 3))


def test_outlines_are_where_the_masks_are():
    masks = dense()
    masks[4, 2:4, 3:6] = False
    compact = CompactMasks.from_dense(masks)
    for parts in (compact.outlines, compact.to_parts()):
        assert [len(one) for one in parts][:3] == [0, 1, 1]
        [square], [edge], [ring] = parts[1], parts[2], parts[4]
        assert square.outer.min(axis=0).tolist() == [4, 3]
        assert edge.outer.max(axis=0).tolist() == [3, 7]
        [hole] = ring.holes
        assert hole.min(axis=0).tolist() == [3, 2]
    assert compact.to_parts(1.0)[4][0].holes[0].dtype == np.float32
