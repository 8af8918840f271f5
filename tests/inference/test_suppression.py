import types

import numpy as np
import pytest

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.inference.stitching import Objects
from keras_solo.inference.suppression import suppressed

SETTINGS = {
    "mask_threshold": 0.5,
    "update_threshold": 0.05,
    "nms_kernel": "linear",
    "nms_sigma": 2.0,
    "nms": "matrix",
    "nms_iou_threshold": 0.5,
    "class_agnostic": False,
}
# Columns of a mask of ten; IoU of the first two 0.8, of all others 0.
SPANS = [(0, 8), (0, 10), (12, 20)]


def decoder(**changed):
    return types.SimpleNamespace(**(SETTINGS | changed))


def objects_of(scores, owners, labels=(0, 0, 0), spans=SPANS):
    masks = np.zeros((len(scores), 1, 20), bool)
    for mask, (x1, x2) in zip(masks, spans, strict=False):
        mask[:, x1:x2] = True
    return Objects(
        CompactMasks.from_dense(masks),
        np.array(labels[: len(scores)], np.int32),
        np.array(scores, np.float32),
        [frozenset(one) for one in owners],
        np.zeros(len(scores), bool),
    )


def test_none():
    assert len(suppressed(objects_of([], []), decoder()).scores) == 0


def test_what_met_in_a_tile_stays_as_it_is():
    found = objects_of([0.5, 0.9, 0.7], [[0], [0, 1], [2]])
    left = suppressed(found, decoder())
    np.testing.assert_allclose(left.scores, [0.9, 0.7, 0.5])
    assert left.tiles == [frozenset([0, 1]), frozenset([2]), frozenset([0])]


def test_what_never_met_decays():
    found = objects_of([0.5, 0.9, 0.7], [[0], [1], [2]])
    left = suppressed(found, decoder())
    np.testing.assert_allclose(left.scores, [0.9, 0.7, 0.1], rtol=1e-5)
    left = suppressed(found, decoder(update_threshold=0.2))
    np.testing.assert_allclose(left.scores, [0.9, 0.7])


def test_a_low_score_that_nothing_decays_stays():
    found = objects_of([0.01], [[0]])
    assert len(suppressed(found, decoder()).scores) == 1


@pytest.mark.parametrize("agnostic, count", [(False, 3), (True, 2)])
def test_another_class(agnostic, count):
    found = objects_of([0.5, 0.9, 0.7], [[0], [1], [2]], labels=(1, 0, 0))
    settings = decoder(class_agnostic=agnostic, update_threshold=0.2)
    assert len(suppressed(found, settings).scores) == count


def test_hard():
    found = objects_of([0.5, 0.9, 0.7], [[0], [1], [2]])
    left = suppressed(found, decoder(nms="hard"))
    np.testing.assert_allclose(left.scores, [0.9, 0.7])
    left = suppressed(found, decoder(nms="hard", nms_iou_threshold=0.9))
    assert len(left.scores) == 3


def test_hard_spares_what_only_a_beaten_one_beats():
    """A chain: 0 beats 1, which would beat 2. IoUs are 0.6."""
    spans = [(0, 8), (2, 10), (4, 12)]
    found = objects_of([0.9, 0.8, 0.7], [[0], [1], [2]], spans=spans)
    left = suppressed(found, decoder(nms="hard"))
    np.testing.assert_allclose(left.scores, [0.9, 0.7])
