"""Matrix NMS of pairs that meet is that of dense masks."""

import tracemalloc

import numpy as np
import pytest
from keras import ops

from keras_solo.data.compact_masks import CompactMasks
from keras_solo.geometry.column_runs import joined_runs
from keras_solo.inference import run_nms
from keras_solo.inference.run_nms import (
    decay_pairs,
    overlapping_pairs,
    suppress_pairs,
)
from keras_solo.layers import hard_nms, matrix_nms


def bars(*columns):
    """Masks of 4 x 8 pixels, from a column to another."""
    masks = np.zeros((len(columns), 4, 8), bool)
    for mask, (start, end) in zip(masks, columns, strict=True):
        mask[:, start:end] = True
    return CompactMasks.from_dense(masks)


def listed(pairs):
    first, second, iou = pairs
    return list(zip(first.tolist(), second.tolist(), iou.tolist(), strict=True))


def test_nothing():
    assert listed(overlapping_pairs(bars())) == []
    assert listed(overlapping_pairs(bars(), np.zeros(0, int))) == []
    assert listed(overlapping_pairs(bars((0, 0), (0, 0), (1, 2)))) == []
    none = np.zeros(0, int)
    assert decay_pairs(none, none, np.zeros(0), np.zeros(0)).shape == (0,)
    scores = np.float32([0.5, 0.25])
    kept = decay_pairs(none, none, np.zeros(0), scores)
    assert kept.tolist() == [0.5, 0.25] and kept.dtype == np.float32


def test_by_hand():
    # Two share a third; two touch; one is a duplicate; one is everything.
    masks = bars((0, 4), (2, 6), (6, 8), (0, 4), (0, 8))
    pairs = [
        *((0, 1, 1 / 3), (0, 3, 1.0), (0, 4, 0.5), (1, 3, 1 / 3)),
        *((1, 4, 0.5), (2, 4, 0.25), (3, 4, 0.5)),
    ]
    assert listed(overlapping_pairs(masks)) == pairs
    found = overlapping_pairs(masks, np.array([7, 7, 7, -1, -1]))
    assert listed(found) == [pairs[0], pairs[-1]]


def rectangles(rng, count=60, side=50):
    """Rectangles and ellipses of any size, some empty, some doubled."""
    dense = np.zeros((count, side, side), bool)
    rows, columns = np.mgrid[:side, :side]
    for mask in dense[: count - 10]:
        x, y, w, h = rng.integers(0, side, 4)
        if rng.random() < 0.5:
            mask[y : y + h, x : x + w] = True
        else:
            mask[:] = np.hypot((rows - y) * (1 + w / side), columns - x) < h / 2
    dense[count - 10 :] = dense[:10]
    return dense


@pytest.mark.parametrize("piece", [1 << 18, 50])
@pytest.mark.parametrize("runs", [1 << 16, 200, 1])
def test_pairs_are_those_of_dense_masks(monkeypatch, piece, runs):
    monkeypatch.setattr(run_nms, "PIECE", piece)
    monkeypatch.setattr(run_nms, "RUNS", runs)
    rng = np.random.default_rng(0)
    dense = rectangles(rng)
    labels = rng.integers(0, 3, len(dense))
    flat = dense.reshape(len(dense), -1).astype(float)
    shared = flat @ flat.T
    areas = flat.sum(axis=1)
    union = np.maximum(areas[:, None] + areas - shared, 1)
    for given in (None, labels):
        want = np.triu(shared, 1)
        if given is not None:
            want = want * (given[:, None] == given)
        first, second, iou = overlapping_pairs(
            CompactMasks.from_dense(dense), given
        )
        np.testing.assert_array_equal(
            np.stack(np.nonzero(want)), np.stack([first, second])
        )
        np.testing.assert_array_equal(iou, (shared / union)[first, second])


@pytest.mark.parametrize("kernel", ["gaussian", "linear"])
@pytest.mark.parametrize("seed", range(4))
def test_scores_are_those_of_the_layer(kernel, seed):
    """With ties, duplicates, empty masks and several classes."""
    rng = np.random.default_rng(seed)
    dense = rectangles(rng)
    labels = rng.integers(0, 3, len(dense))
    labels[-5:] = labels[:5]
    scores = rng.choice(np.float32([0.2, 0.5, 0.7, 0.9]), len(dense))
    if seed:
        scores = rng.random(len(dense)).astype(np.float32)
    pairs = overlapping_pairs(CompactMasks.from_dense(dense), labels)
    got = decay_pairs(*pairs, scores, kernel, sigma=1.5)
    want = matrix_nms(dense, labels, scores, kernel, 1.5)
    want = ops.convert_to_numpy(want)
    np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-7)
    assert (got < scores).sum() > 20


@pytest.mark.parametrize("seed", range(3))
def test_hard_nms_is_that_of_the_layer(seed):
    rng = np.random.default_rng(seed)
    dense = rectangles(rng)
    labels = rng.integers(0, 3, len(dense))
    scores = rng.choice(np.float32([0.2, 0.5, 0.7, 0.9]), len(dense))
    pairs = overlapping_pairs(CompactMasks.from_dense(dense), labels)
    got = suppress_pairs(*pairs, scores, 0.3)
    want = ops.convert_to_numpy(hard_nms(dense, labels, scores, 0.3))
    np.testing.assert_array_equal(got, want)
    assert (got == 0).sum() > 5


def test_the_order_of_pairs_does_not_matter():
    rng = np.random.default_rng(1)
    masks = CompactMasks.from_dense(rectangles(rng))
    scores = rng.random(len(masks))
    first, second, iou = overlapping_pairs(masks)
    order = rng.permutation(len(first))
    np.testing.assert_array_equal(
        decay_pairs(second[order], first[order], iou[order], scores),
        decay_pairs(first, second, iou, scores),
    )


def test_a_large_image_with_many_masks():
    """3,000 squares of 40 pixels; the pixels of the image do not matter."""
    side, count = 20_000, 3_000
    rng = np.random.default_rng(0)
    corners = rng.integers(0, side - 40, (count, 2))
    corners[count // 2 :] = corners[: count // 2] + 20
    corners = np.minimum(corners, side - 40)
    columns = np.arange(40) * side
    runs = (
        joined_runs(
            x * side + y + columns, x * side + y + columns + 40, (side,) * 2
        )
        for x, y in corners.tolist()
    )
    masks = CompactMasks(tuple(runs), (side, side))
    first, second, _ = overlapping_pairs(masks)
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    assert {(i, i + count // 2) for i in range(count // 2)} <= pairs
    assert len(pairs) < count


def test_errors():
    none = np.zeros(0, int)
    with pytest.raises(ValueError, match="gaussian.*Received: 'soft'"):
        decay_pairs(none, none, none, none, "soft")


def test_memory_follows_what_lies_side_by_side():
    """Four times the objects in a row, and no more memory beside the pairs."""

    def peak(count):
        runs = np.concatenate([[50], np.tile([60, 40], 400)]).astype(np.uint32)
        total = 40_000 * count + 100
        masks = []
        for place in range(count):
            mask = runs.copy()
            mask[0] += 40_000 * place
            mask[-1] += total - int(mask.sum())
            masks.append(mask)
        masks = CompactMasks(tuple(masks), (100, total // 100))
        tracemalloc.start()
        try:
            pairs = overlapping_pairs(masks)
            return tracemalloc.get_traced_memory()[1], len(pairs[0])
        finally:
            tracemalloc.stop()

    few, many = peak(500), peak(2000)
    assert few[1] == 0 and many[1] == 0
    assert many[0] < 1.3 * few[0]
