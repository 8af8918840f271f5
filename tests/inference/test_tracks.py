"""Tracks: the same number for the same object, and for no other."""

import numpy as np
import pytest

from keras_solo.data.instances import Instances
from keras_solo.inference.tracks import Tracker, Tracks, is_double, track
from tests.inference.test_placed_masks import squares
from tests.moving_shapes import crossings, kept_identities, moving_shapes


def frame(*squares, scores=None, labels=None):
    """Squares of 8 px at x, y = 10 of an image of 30 x 60 px."""
    masks = np.zeros((len(squares), 30, 60), bool)
    for mask, x in zip(masks, squares, strict=True):
        mask[10:18, x : x + 8] = True
    labels = [0] * len(squares) if labels is None else labels
    return Instances(masks, labels, scores, original_size=(30, 60))


def ids(frames, tracker=None, seconds=0.1):
    timed = ((number * seconds, one) for number, one in enumerate(frames))
    return [one.track_ids.tolist() for one in track(timed, tracker)]


def test_nothing():
    assert ids([]) == []
    assert ids([frame(), frame()]) == [[], []]
    assert ids([Instances(np.zeros((1, 30, 60), bool), [0])]) == [[-1]]


def test_numbers_go_with_the_objects():
    frames = [frame(2, 40), frame(37, 5, 20), frame(34, 8)]
    assert ids(frames) == [[1, 2], [2, 1, 3], [2, 1]]


def test_lost_and_found_again_where_it_should_be():
    frames = [frame(2), frame(6), frame(10), frame(), frame(), frame(22)]
    assert ids(frames)[-1] == [1]
    assert ids(frames, Tracker(lost_for=0.25))[-1] == [2]
    # Where it was is where it is not.
    assert ids([*frames[:5], frame(2)])[-1] == [2]


def test_slow_videos_lose_nothing():
    assert ids([frame(2), frame(4)], Tracker(lost_for=0), 60) == [[1], [1]]


def test_low_scores_begin_no_track_but_go_on_in_one():
    low = frame(2, scores=[0.2])
    assert ids([low, frame(2), low]) == [[-1], [1], [1]]
    assert ids([low], Tracker(min_score=0.1)) == [[1]]


def test_what_is_found_twice_has_one_track():
    twice = frame(2, 3, scores=[0.9, 0.6])
    assert ids([frame(2), twice]) == [[1], [1, -1]]
    assert is_double(squares((5, 5), (5, 12)), squares((5, 6))).tolist() == [
        True,
        False,
    ]
    assert is_double([], squares((1, 1))).tolist() == []


def test_classes():
    frames = [frame(2, labels=[0]), frame(2, labels=[1])]
    assert ids(frames) == [[1], [2]]
    assert ids(frames, Tracker(by_class=False)) == [[1], [1]]


def test_crossings_keep_who_is_who():
    scene = moving_shapes(0, count=60, size=(96, 96), shapes=4, speed=(2, 4))
    frames = []
    for number, (image, masks) in enumerate(
        zip(scene.frames, scene.visible, strict=True)
    ):
        seen = masks.sum(axis=(1, 2)) >= 20
        labels = np.array(scene.labels)[seen]
        found = Instances(masks[seen], labels, image=image)
        # In another order in each frame.
        order = np.random.default_rng(number).permutation(len(found))
        frames.append((number / 25, found[order]))
    kept = kept_identities(scene, list(track(frames)))
    assert len(kept) == len(crossings(scene)) == 4
    assert all(kept)


def test_times_go_on():
    tracks = Tracks(Tracker())
    tracks.update(1.0, frame(2))
    with pytest.raises(ValueError, match="0.5 seconds after 1.0"):
        tracks.update(0.5, frame(2))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"min_iou": 1.5}, "min_iou from 0 to 1"),
        ({"min_score": -1}, "min_score from 0 to 1"),
        ({"lost_for": np.inf}, "lost_for of at least 0 seconds"),
    ],
)
def test_wrong_settings(change, what):
    with pytest.raises(ValueError, match=what):
        Tracker(**change)
