import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.layers import dynamic_convolution
from keras_solo.losses import dice
from keras_solo.models import pair_loss
from keras_solo.models.pair_loss import measure_pairs, sum_over_pairs


@pytest.fixture
def case():
    rng = np.random.default_rng(0)
    cells = np.full((2, 50), -1, "int32")
    instances = np.full((2, 50), -1, "int32")
    for image, count in enumerate((0, 37)):
        cells[image, :count] = rng.integers(0, 20, count)
        instances[image, :count] = rng.integers(0, 4, count)
    return {
        "masks": (rng.random((2, 4, 6, 7)) > 0.5).astype("uint8"),
        "kernels": rng.normal(size=(2, 20, 5)).astype("float32"),
        "mask_features": rng.normal(size=(2, 6, 7, 5)).astype("float32"),
        "pair_cells": cells,
        "pair_instances": instances,
    }


def by_loop(case):
    total = 0.0
    for image in range(2):
        for cell, instance in zip(
            case["pair_cells"][image],
            case["pair_instances"][image],
            strict=True,
        ):
            if cell >= 0:
                logits = dynamic_convolution(
                    case["mask_features"][image : image + 1],
                    case["kernels"][image, cell][None, None],
                )
                mask = case["masks"][image, instance]
                total += float(dice(mask, logits[0, 0]))
    return total


@pytest.mark.parametrize("chunk", [32, 1, 7, 50, 64])
def test_is_the_sum_over_pairs(case, chunk):
    if chunk == 1:
        case = {
            name: value[:, :40] if name.startswith("pair") else value
            for name, value in case.items()
        }
    tensors = {k: ops.convert_to_tensor(v) for k, v in case.items()}
    got = float(sum_over_pairs(dice, **tensors, chunk=chunk))
    assert got == pytest.approx(by_loop(case), rel=1e-5)


def test_no_pairs(case):
    case["pair_cells"][:] = -1
    tensors = {k: ops.convert_to_tensor(v) for k, v in case.items()}
    assert float(sum_over_pairs(dice, **tensors)) == 0.0


@pytest.mark.parametrize("count, sizes", [(1, [1]), (3, [1, 2, 3])])
def test_chunks_that_are_there_decide_how_many_are_walked(count, sizes):
    """Of chunks of 4 pairs in each of two images."""
    for filled in range(count + 1):
        cells = np.full((count, 2, 4), -1, "int32")
        cells[:filled, 1, 0] = 7

        def first(number):
            return lambda: ops.convert_to_tensor(number)

        walked = int(pair_loss._smallest(first, ops.convert_to_tensor(cells)))
        assert walked == min(size for size in sizes if size >= filled)


def test_masks_are_gathered_for_one_chunk_at_a_time(case, monkeypatch):
    """As they came, uint8; and only as many as there are pairs at once."""
    gathered = []
    rows = pair_loss.image_rows

    def watched(values, index):
        gathered.append((tuple(index.shape), values.dtype))
        return rows(values, index)

    monkeypatch.setattr(pair_loss, "image_rows", watched)
    tensors = {k: ops.convert_to_tensor(v) for k, v in case.items()}
    sum_over_pairs(dice, **tensors, chunk=7)
    assert {shape for shape, _ in gathered} == {(2, 7)}
    dtypes = {keras.backend.standardize_dtype(d) for _, d in gathered}
    assert dtypes == {"uint8", "float32"}


@pytest.mark.parametrize("chunk", [7, 64])
def test_each_pair_is_measured(case, chunk):
    """In its own place, and beside the same sum."""

    def mean_logit(masks, logits, objects):
        means = ops.mean(logits, axis=(-2, -1))
        return means + 100.0 * ops.cast(objects, "float32")

    tensors = {k: ops.convert_to_tensor(v) for k, v in case.items()}
    total, measured = measure_pairs(
        dice, {"mean": mean_logit}, **tensors, chunk=chunk
    )
    assert float(total) == pytest.approx(by_loop(case), rel=1e-5)
    cells, features = case["pair_cells"], case["mask_features"]
    kernels = np.take_along_axis(
        case["kernels"], np.maximum(cells, 0)[..., None], axis=1
    )
    want = (features.mean((1, 2))[:, None] * kernels).sum(-1)
    want = np.where(cells >= 0, want + 100 * case["pair_instances"], 0)
    got = ops.convert_to_numpy(measured["mean"])
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_nothing_is_measured_unasked(case):
    tensors = {k: ops.convert_to_tensor(v) for k, v in case.items()}
    assert measure_pairs(dice, {}, **tensors)[1] == {}
