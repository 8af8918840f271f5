"""Arrays at the door of Instances: of one length, and of the right kind."""

import numpy as np
import pytest

from keras_solo.data import instance_arrays as a
from keras_solo.data.compact_masks import CompactMasks

LABELS = np.array([0, 1])


def test_no_masks():
    assert a.checked_masks([], (4, 6)).shape == (0, 4, 6)
    assert a.checked_labels([], 0).dtype == np.int32
    assert a.checked_floats("boxes", [], (0, 4)).shape == (0, 4)
    with pytest.raises(ValueError, match=r"Received: shape \(0,\)"):
        a.checked_masks([], None)


def test_dense_masks_count_before_compact_ones():
    compact = CompactMasks.from_dense(np.ones((1, 4, 6), bool))
    assert a.compacted(None, compact, None) is compact
    assert a.compacted(None, compact, (4, 6)) is compact
    other = a.compacted(np.zeros((2, 4, 6), int), compact, (4, 6))
    assert other.areas.tolist() == [0, 0]
    with pytest.raises(ValueError, match=r"\(6, 4\). Received: CompactMasks"):
        a.compacted(None, compact, (6, 4))
    with pytest.raises(ValueError, match=r"Expected masks of shape"):
        a.compacted(None, None, None)


def test_masks_become_bool():
    masks = a.checked_masks(np.array([[[0, 1], [2, 0]]]), None)
    assert masks.tolist() == [[[False, True], [True, False]]]
    same = np.ones((1, 2, 2), bool)
    assert a.checked_masks(same, (2, 2)) is same


@pytest.mark.parametrize(
    ("masks", "size", "message"),
    [
        (np.ones((4, 6)), None, r"\(n, height, width\)"),
        (np.ones((1, 4, 6), bool), (6, 4), "original_size"),
        (np.ones((1, 4, 6)), None, "threshold .* float64"),
    ],
)
def test_wrong_masks(masks, size, message):
    with pytest.raises(ValueError, match=message):
        a.checked_masks(masks, size)


@pytest.mark.parametrize(
    ("labels", "message"),
    [([0], "one label a mask"), ([0.0, 1.0], "integer"), ([0, -1], "padding")],
)
def test_wrong_labels(labels, message):
    with pytest.raises(ValueError, match=message):
        a.checked_labels(labels, 2)


def test_floats():
    assert a.checked_floats("scores", [1, 2], (2,)).dtype == np.float32
    with pytest.raises(ValueError, match=r"scores of shape \(3,\)"):
        a.checked_floats("scores", [1, 2], (3,))


def test_names_and_ids():
    assert a.checked_names(None, LABELS) is None
    assert a.checked_names(iter(["cat", "dog"]), LABELS) == ("cat", "dog")
    assert a.checked_ids(None, LABELS) is None
    assert a.checked_ids(np.array([7, 9]), LABELS) == (7, 9)
    with pytest.raises(ValueError, match="below 1, the number of class_nam"):
        a.checked_names(["cat"], LABELS)
    with pytest.raises(ValueError, match="below 1, the number of category_"):
        a.checked_ids([7], LABELS)


def test_images():
    assert a.checked_image(None, (4, 6)) is None
    assert a.checked_image([[0, 1]], (1, 2)).shape == (1, 2)
    with pytest.raises(ValueError, match="the masks' size"):
        a.checked_image(np.zeros((6, 4, 3)), (4, 6))


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (slice(1, None), [1, 2]),
        ([True, False, True], [0, 2]),
        ([], []),
        (2, [2]),
        ([2, -3], [2, 0]),
    ],
)
def test_index(index, expected):
    assert np.arange(3)[a.array_index(index, 3)].tolist() == expected


@pytest.mark.parametrize("index", [[True], 0.5, "cat", np.zeros((3, 3), int)])
def test_wrong_index(index):
    with pytest.raises(IndexError):
        a.array_index(index, 3)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("cat", [0, 3]),
        (["dog", "cat"], [0, 1, 3]),
        (("cow",), []),
        (np.array(["dog"]), [1]),
        (np.array("dog"), [1]),
        ([1, 2], [1, 2]),
        ([], []),
    ],
)
def test_chosen(given, expected):
    labels, names = np.array([0, 1, 2, 0]), ("cat", "dog", "x", "cow")
    index = a.chosen(given, labels, names)
    assert np.arange(4)[index].tolist() == expected


def test_names_that_two_classes_share():
    assert a.named(["b"], np.arange(3), ["b", "a", "b"]).tolist() == [1, 0, 1]
    none = a.named(["b"], np.zeros(0, int), ["b"])
    assert none.dtype == bool and not none.size


def test_unknown_names():
    many = [f"class {i}" for i in range(80)]
    with pytest.raises(KeyError, match="'class 0', .* and 60 more"):
        a.chosen("x", LABELS, many)
    with pytest.raises(KeyError, match="none"):
        a.chosen(["x"], LABELS, None)


def test_tracks():
    assert a.checked_tracks(None, 2) is None
    assert a.each_track(None, 2) == [None, None]
    assert a.checked_tracks([], 0).dtype == np.int64
    tracks = a.checked_tracks(np.int32([7, -5]), 2)
    assert tracks.tolist() == [7, -1] and tracks.dtype == np.int64
    assert a.each_track(tracks, 2) == [7, None]
    for wrong in ([1], [0.5, 1.0]):
        with pytest.raises(ValueError, match="Expected track_ids, one integer"):
            a.checked_tracks(wrong, 2)
