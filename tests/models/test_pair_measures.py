import numpy as np
import pytest
from keras import ops

from keras_solo.losses import separation
from keras_solo.models.pair_measures import (
    chosen_measures,
    mask_iou,
    quality_of_cells,
    separation_from,
)

numpy = ops.convert_to_numpy


def test_iou_by_hand():
    masks = np.float32([[[[0, 0]], [[1, 0.5]], [[1, 0.4]], [[0, 1]]]])
    logits = np.float32([[[[-1, 0]], [[2, -2]], [[1, -1]], [[3, -3]]]])
    nothing = np.zeros((1, 4), "int32")
    got = numpy(mask_iou(masks, ops.convert_to_tensor(logits), nothing))
    np.testing.assert_allclose(got, [[0, 1 / 2, 1, 0]])


def test_half_precision_counts_large_masks():
    masks = np.ones((1, 1, 300, 400), "uint8")
    logits = ops.cast(np.full(masks.shape, 2.0), "float16")
    assert float(mask_iou(masks, logits, np.zeros((1, 1)))[0, 0]) == 1.0


def test_others_are_those_of_the_same_class_and_image():
    """A row of five pixels; of the second image, another class each."""
    row = np.uint8(
        [
            [1, 1, 0, 0, 0],  # a
            [0, 1, 1, 0, 0],  # b, which overlaps a
            [0, 0, 0, 1, 1],  # c of another class
            [0, 0, 0, 0, 1],  # an empty slot
        ]
    )
    masks = np.stack([row, row])[:, :, None]
    labels = np.int32([[1, 1, 0, -1], [2, 1, 0, -1]])
    others = np.float32(
        [
            [[0, 1, 1, 0, 0], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]],
            np.zeros((3, 5)),
        ]
    )[:, :, None]
    instances = np.int32([[0, 1, 2], [0, 1, 2]])
    logits = np.random.default_rng(0).normal(2.0, size=others.shape)
    true = ops.convert_to_tensor(masks[:, :3])
    measure = separation_from(
        *map(ops.convert_to_tensor, (masks, labels)), num_classes=3
    )
    got = numpy(measure(true, logits, ops.convert_to_tensor(instances)))
    want = numpy(separation(masks[:, :3], others, logits))
    assert (want[0, :2] > 0.1).all()
    assert (want[1] == 0).all()
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-7)


def test_where_three_meet_a_pixel_counts_once():
    masks = np.uint8([[[1, 0]], [[0, 1]], [[0, 1]]])[None]
    measure = separation_from(
        ops.convert_to_tensor(masks), ops.zeros((1, 3), "int32"), 1
    )
    logits = np.full((1, 1, 1, 2), 50.0)
    first = np.zeros((1, 1), "int32")
    got = measure(masks[:, :1], logits, ops.convert_to_tensor(first))
    assert float(got[0, 0]) == pytest.approx(2 / 3.002 * 1 / 2.001)


def test_quality_is_that_of_the_owner():
    """Of four cells, 2 is claimed by objects 0 and 1, and 1 owns it."""
    encoded = {
        "owners": np.int32([[-1, 0, 1, 1], [2, 0, -1, -1]]),
        # Of the second image, the pair of object 2 was dropped.
        "pair_cells": np.int32([[1, 2, 2, 3], [1, 0, -1, -1]]),
        "pair_instances": np.int32([[0, 0, 1, 1], [0, 0, -1, -1]]),
    }
    encoded = {k: ops.convert_to_tensor(v) for k, v in encoded.items()}
    iou = np.float32([[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0, 0]])
    got = numpy(quality_of_cells(ops.convert_to_tensor(iou), encoded))
    want = [[1, 0.1, 0.3, 0.4], [1, 0.5, 1, 1]]
    np.testing.assert_allclose(got, np.float32(want), rtol=1e-6)


def test_no_pair_at_all():
    encoded = {
        "owners": ops.full((1, 3), -1, "int32"),
        "pair_cells": ops.full((1, 2), -1, "int32"),
        "pair_instances": ops.full((1, 2), -1, "int32"),
    }
    got = numpy(quality_of_cells(ops.zeros((1, 2)), encoded))
    assert got.tolist() == [[1, 1, 1]]


def test_only_what_is_asked_for_is_measured():
    encoded = {
        "masks": ops.zeros((1, 2, 3, 4)),
        "object_labels": ops.zeros((1, 2), "int32"),
    }
    outputs = {"category_logits": ops.zeros((1, 9, 5))}
    for quality in (False, True):
        for separates in (False, True):
            asked = {"quality": quality, "separation_loss": separates}
            measures = chosen_measures(asked, encoded, outputs)
            assert set(measures) == {name for name in asked if asked[name]}
