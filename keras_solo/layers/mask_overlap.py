"""How many pixels binary masks share: exact counts, half the arithmetic."""

from keras import ops

from keras_solo._tensor import Tensor

BLOCK = 4080  # Pixels that are counted at once; the block stays in a cache.
DIGIT = 4096.0  # More than a block has pixels; DIGIT^2 is 2^24.
FEWEST = 192  # Masks from which on packing pays.


def mask_overlap(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Counts the pixels of masks, and those that every two of them share.

    The matrix product of all masks with all masks, for many masks at two
    fifths of its arithmetic and without a float32 copy of them. The counts of
    two masks fit into one float32: with rows a and b of zeros and ones, the
    product of `a + 4096 b` with c is `|a c| + 4096 |b c|`, below 2^24 and
    therefore exact as long as there are no more than 4095 pixels. So pixels
    are taken in blocks, rows in pairs; and of the symmetric result the lower
    left quarter is that of the upper right.

    Hardware that rounds the factors of a float32 product loses the pixels
    that a and b share, and what is not binary does not fit in a digit. Both
    show: no mask then shares its own area with itself. In that case the plain
    product is taken.

    Args:
        pixels: `(..., K, P)` masks, any numeric dtype or booleans.

    Returns:
        float32 `(..., K, K)` shared pixels and `(..., K)` areas.

    Example:

    >>> import numpy as np
    >>> overlap, areas = mask_overlap(np.array([[1, 1, 0], [0, 1, 0]]))
    >>> np.array(overlap).tolist(), np.array(areas).tolist()
    ([[2.0, 1.0], [1.0, 1.0]], [2.0, 1.0])
    """
    pixels = ops.convert_to_tensor(pixels)
    *batch, count, size = pixels.shape
    if batch or (count or 0) < FEWEST or (size or 0) < BLOCK:
        return _plain(pixels)
    overlap, areas = _packed(pixels)
    rounded = ops.any(ops.diagonal(overlap) != areas)
    return ops.switch(
        ops.cast(rounded, "int32"),
        [_counted, _counted_plainly],
        overlap,
        areas,
        pixels,
    )


def _plain(pixels: Tensor) -> tuple[Tensor, Tensor]:
    pixels = ops.cast(pixels, "float32")
    return _products(pixels, pixels), ops.sum(pixels, axis=-1)


# What loops and branches run stands in the module, and gets what it needs as
# arguments: without an enclosing step, JAX compiles a function of a function
# anew at each call.


def _counted(
    overlap: Tensor, areas: Tensor, pixels: Tensor
) -> tuple[Tensor, Tensor]:
    return overlap, areas


def _counted_plainly(
    overlap: Tensor, areas: Tensor, pixels: Tensor
) -> tuple[Tensor, Tensor]:
    return _plain(pixels)


def _packed(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Both counts, block by block, of `(K, P)` pixels."""
    count, size = pixels.shape
    half = 2 * -(-count // 4)
    counts = (
        ops.zeros((half, count), "float32"),
        ops.zeros((count - half, count - half), "float32"),
        ops.zeros((count,), "float32"),
    )
    _, counts = ops.fori_loop(0, size // BLOCK, _add_nth, (pixels, counts))
    if size % BLOCK:
        counts = _add(pixels[:, size - size % BLOCK :], counts)
    upper, lower, areas = counts
    left = ops.transpose(upper[:, half:])
    lower = ops.concatenate([left, lower], axis=1)
    return ops.concatenate([upper, lower], axis=0), areas


def _add_nth(
    number: Tensor, state: tuple[Tensor, tuple[Tensor, ...]]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Adds the counts of one block to those of the blocks before."""
    pixels, counts = state
    start, shape = (0, number * BLOCK), (pixels.shape[0], BLOCK)
    return pixels, _add(ops.slice(pixels, start, shape), counts)


def _add(block: Tensor, counts: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    block = ops.cast(block, "float32")
    upper, lower, areas = counts
    half = upper.shape[0]
    return (
        upper + _pairs(block[:half], block),
        lower + _pairs(block[half:], block[half:]),
        areas + ops.sum(block, axis=-1),
    )


def _pairs(rows: Tensor, columns: Tensor) -> Tensor:
    """Shared pixels of rows and columns, two rows in one product."""
    count = rows.shape[0]
    half = -(-count // 2)
    second = rows[half:]
    if count % 2:
        second = ops.pad(second, [[0, 1], [0, 0]])
    product = _products(rows[:half] + DIGIT * second, columns)
    high = ops.floor(product / DIGIT)
    digits = ops.concatenate([product - DIGIT * high, high], axis=0)
    return digits[:count]


def _products(rows: Tensor, columns: Tensor) -> Tensor:
    """Each row times each column; a transpose would be a copy of its own."""
    letters = "abcdefgh"[: len(rows.shape) - 2]  # dots are not exported
    return ops.einsum(f"{letters}ik,{letters}jk->{letters}ij", rows, columns)
