"""Sums a mask loss over (cell, object) pairs, a chunk of pairs at a time."""

import keras
from keras import ops

from keras_solo.layers.dynamic_convolution import dynamic_convolution

MAX_CHUNKS = 8
MIN_CHUNK = 32


def sum_over_pairs(
    loss,
    masks,
    kernels,
    mask_features,
    pair_cells,
    pair_instances,
    chunk=None,
):
    """Sums `loss(true mask, predicted logits)` over the pairs of a batch.

    Pairs come at the front of their slots. They are worked off in chunks:
    a chunk without any pair is skipped, and a chunk's masks are computed again
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
        chunk: Pairs of each image that are worked on at once; by default an
            eighth of the slots, and 32 at least.

    Returns:
        float32 scalar.
    """
    # Without any pair the gradient is zero, but there is one.
    total = 0.0 * ops.cast(
        ops.sum(kernels[:, :1]) + ops.sum(mask_features[:, :1, :1]), "float32"
    )
    # Unrolled: a scan cannot be differentiated under XLA on every backend.
    for part in _parts(pair_cells.shape[1], chunk):
        total = total + _chunk_loss(
            loss,
            masks,
            kernels,
            mask_features,
            pair_cells[:, part],
            pair_instances[:, part],
        )
    return total


def _parts(slots, chunk):
    """Slices of the slots; one of them all where their number is unknown."""
    if slots is None:
        return [slice(None)]
    chunk = chunk or max(MIN_CHUNK, -(-slots // MAX_CHUNKS))
    return [slice(i, i + chunk) for i in range(0, slots, chunk)]


def _chunk_loss(loss, masks, kernels, mask_features, cells, instances):
    @keras.remat
    def compute(kernels, mask_features):
        def present():
            predicted = dynamic_convolution(
                mask_features, _rows(kernels, ops.maximum(cells, 0))
            )
            true = _rows(masks, ops.maximum(instances, 0))
            return ops.sum(ops.where(cells >= 0, loss(true, predicted), 0.0))

        return ops.cond(
            ops.any(cells >= 0), present, lambda: ops.zeros((), "float32")
        )

    return compute(kernels, mask_features)


def _rows(values, index):
    """`values[b, index[b, i]]` of any rank, as one gather."""
    batch, count, *rest = ops.shape(values)
    flat = ops.reshape(values, (batch * count, *rest))
    start = ops.arange(batch, dtype="int32") * count
    return ops.take(flat, index + start[:, None], axis=0)
