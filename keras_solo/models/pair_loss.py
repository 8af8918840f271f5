"""Sums a mask loss over (cell, object) pairs, a chunk of pairs at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import keras
from keras import ops

from keras_solo._backend.mapping import map_rows
from keras_solo._tensor import Tensor
from keras_solo.layers import dynamic_convolution
from keras_solo.layers.image_rows import image_rows

CHUNK = 32
# Numbers of chunks that are compiled besides all of them.
FEW = (1, 2, 4, 8)

Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]
Measure: TypeAlias = Callable[[Tensor, Tensor, Tensor], Tensor]
# The sum, and what was measured of each pair.
Found: TypeAlias = tuple[Tensor, dict[str, Tensor]]


def sum_over_pairs(
    loss: Loss,
    masks: Tensor,
    kernels: Tensor,
    mask_features: Tensor,
    pair_cells: Tensor,
    pair_instances: Tensor,
    chunk: int = CHUNK,
) -> Tensor:
    """Sums `loss(true mask, predicted logits)` over the pairs of a batch.

    Pairs come at the front of their slots. They are worked off in chunks:
    chunks without any pair are skipped, and a chunk's masks are computed again
    for the gradient rather than kept. So time follows the pairs that are
    there and memory is that of one chunk, `B * chunk * h * w` floats a few
    times over, however many slots there are.

    Args:
        loss: Function of masks and logits `(B, chunk, h, w)` that returns
            `(B, chunk)`.
        masks: `(B, N, h, w)` true masks in [0, 1].
        kernels: `(B, G, E)`.
        mask_features: `(B, h, w, E)`.
        pair_cells: `(B, P)` integers, -1 padded at the end.
        pair_instances: `(B, P)` integers, -1 padded at the end.
        chunk: Pairs of each image that are worked on at once.

    Returns:
        float32 scalar.
    """
    return measure_pairs(
        *(loss, {}, masks, kernels, mask_features),
        *(pair_cells, pair_instances, chunk),
    )[0]


def measure_pairs(
    loss: Loss,
    measures: Mapping[str, Measure],
    masks: Tensor,
    kernels: Tensor,
    mask_features: Tensor,
    pair_cells: Tensor,
    pair_instances: Tensor,
    chunk: int = CHUNK,
) -> Found:
    """Sums a loss over pairs, and measures each pair on the way.

    Args:
        loss: As in `sum_over_pairs`, and so are all others but `measures`.
        measures: Functions, by name, of masks and logits `(B, chunk, h, w)`
            and of the objects `(B, chunk)` that return `(B, chunk)` float32.
        masks: `(B, N, h, w)`.
        kernels: `(B, G, E)`.
        mask_features: `(B, h, w, E)`.
        pair_cells: `(B, P)` integers.
        pair_instances: `(B, P)` integers.
        chunk: Pairs of each image that are worked on at once.

    Returns:
        The sum, a float32 scalar, and a dict with `(B, P)` of each measure,
        0 where there is no pair.
    """
    # Without any pair the gradient is zero, but there is one.
    total = 0.0 * ops.cast(
        ops.sum(kernels[:, :1]) + ops.sum(mask_features[:, :1, :1]), "float32"
    )
    chunks = {
        "cells": _chunks(pair_cells, chunk),
        "instances": _chunks(pair_instances, chunk),
    }

    def compute(some: dict[str, Tensor]) -> Found:
        return _of_chunk(loss, measures, masks, kernels, mask_features, **some)

    def first(count: int) -> Callable[[], Found]:
        return lambda: _walked(compute, chunks, count, list(measures))

    found, measured = _smallest(first, chunks["cells"])
    slots = pair_cells.shape[1]
    return total + found, {
        name: values[:, :slots] for name, values in measured.items()
    }


def _walked(
    compute: Callable[[dict[str, Tensor]], Found],
    chunks: dict[str, Tensor],
    count: int,
    names: list[str],
) -> Found:
    """The sum over the first chunks, and what was measured there."""
    cells = chunks["cells"]
    of_pairs = keras.KerasTensor(cells.shape[1:], "float32")
    sums, measured = map_rows(
        compute,
        {name: values[:count] for name, values in chunks.items()},
        (keras.KerasTensor((), "float32"), dict.fromkeys(names, of_pairs)),
    )
    return ops.sum(sums), {
        name: _joined(values, cells) for name, values in measured.items()
    }


def _joined(values: Tensor, cells: Tensor) -> Tensor:
    """`(some, B, size)` of the first chunks to `(B, P)`, zeros at the end."""
    rest = cells.shape[0] - values.shape[0]
    values = ops.pad(values, [[0, rest], [0, 0], [0, 0]])
    values = ops.transpose(values, (1, 0, 2))
    return ops.reshape(values, (ops.shape(values)[0], -1))


def _smallest(first: Callable[[int], Callable[[], Any]], cells: Tensor) -> Any:
    """`first` of a number of chunks that holds all pairs.

    A chunk that is skipped still costs a gradient of zeros, as large as the
    mask features. So what is there decides among a few numbers of chunks.
    """
    count = cells.shape[0]
    sizes = [*(size for size in FEW if size < count), count]
    filled = ops.sum(ops.cast(ops.any(cells >= 0, axis=(1, 2)), "int32"))
    smaller = [ops.cast(filled > size, "int32") for size in sizes[:-1]]
    return ops.switch(sum(smaller, 0 * filled), [first(n) for n in sizes])


def _chunks(pairs: Tensor, size: int) -> Tensor:
    """`(B, P)` to `(P / size, B, size)`, padded with -1."""
    slots = pairs.shape[1]
    if slots is None:  # one chunk of them all
        return pairs[None]
    pairs = ops.pad(pairs, [[0, 0], [0, -slots % size]], constant_values=-1)
    pairs = ops.reshape(pairs, (-1, (slots + size - 1) // size, size))
    return ops.transpose(pairs, (1, 0, 2))


def _of_chunk(
    loss: Loss,
    measures: Mapping[str, Measure],
    masks: Tensor,
    kernels: Tensor,
    mask_features: Tensor,
    cells: Tensor,
    instances: Tensor,
) -> Found:
    filled = cells >= 0

    def kept(values: Tensor) -> Tensor:
        return ops.where(filled, values, 0.0)

    @keras.remat
    def compute(kernels: Tensor, mask_features: Tensor) -> Found:
        def present() -> Found:
            predicted = dynamic_convolution(
                mask_features, image_rows(kernels, ops.maximum(cells, 0))
            )
            objects = ops.maximum(instances, 0)
            true = image_rows(masks, objects)
            return ops.sum(kept(loss(true, predicted))), {
                name: kept(measure(true, predicted, objects))
                for name, measure in measures.items()
            }

        def absent() -> Found:
            nothing = ops.zeros_like(cells, "float32") if measures else None
            return ops.zeros((), "float32"), dict.fromkeys(measures, nothing)

        return ops.cond(ops.any(filled), present, absent)

    return compute(kernels, mask_features)
