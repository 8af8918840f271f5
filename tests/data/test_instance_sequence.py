"""A sequence: chosen like an array or by name; what follows from masks."""

import dataclasses

import numpy as np
import pytest

from keras_solo.data.instance_sequence import InstanceSequence
from tests.data.interchange.odd import NAMES, nothing, odd_instances


def three():
    masks = np.zeros((3, 4, 6), bool)
    masks[0, 1:3, 2:5] = masks[1, 0, 0] = True
    return InstanceSequence(masks, [0, 1, 0], class_names=["cat", "dog", "cow"])


def test_none():
    none = InstanceSequence([], original_size=(4, 6), class_names=["cat"])
    assert len(none) == 0 and len(none["cat"]) == 0
    assert none.centers.shape == (0, 2)
    assert none.masks.shape == (0, 4, 6) and none.areas.shape == (0,)
    assert nothing().names == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("cat", [0, 0]),
        ("dog", [1]),
        ("cow", []),
        (["cat", "dog"], [0, 1, 0]),
        (["dog", "cow"], [1]),
        (np.array(["cat"]), [0, 0]),
    ],
)
def test_by_name(names, expected):
    chosen = three()[names]
    assert chosen.labels.tolist() == expected
    assert type(chosen) is InstanceSequence


@pytest.mark.parametrize("names", ["horse", ["cat", "horse"]])
def test_an_unknown_name(names):
    with pytest.raises(KeyError, match="'horse'.* 'cat', 'dog', 'cow'"):
        three()[names]
    with pytest.raises(KeyError, match="class_names are: none"):
        InstanceSequence(np.ones((1, 1, 1), bool), [0])["horse"]


def test_odd_names():
    for label, name in enumerate(NAMES):
        chosen = odd_instances(empty=True)[name]
        assert chosen.labels.tolist() == [label] and chosen.names == [name]
        assert repr(chosen).isprintable() and len(repr(chosen)) < 100


def test_centers_are_in_the_frame_of_boxes():
    centers = three().centers
    np.testing.assert_array_equal(centers, [[3.5, 2], [0.5, 0.5], [np.nan] * 2])
    noise = odd_instances()[3]
    y, x = np.nonzero(noise.masks[0])
    np.testing.assert_allclose(
        noise.centers[0], [x.mean() + 0.5, y.mean() + 0.5]
    )


def test_iteration():
    assert [len(one) for one in three()] == [1, 1, 1]


def test_tracks_stay_with_their_masks():
    assert three().track_ids is None and three()[:1].track_ids is None
    tracked = dataclasses.replace(three(), track_ids=[4, 7, -1])
    assert tracked[[1, 0]].track_ids.tolist() == [7, 4]
    assert tracked["cat"].track_ids.tolist() == [4, -1]
    assert dataclasses.replace(tracked, scores=None).track_ids is not None
    with pytest.raises(ValueError, match="track_ids"):
        dataclasses.replace(three(), track_ids=[4])
