"""A 3 x 3 convolution at 4/9 of its multiplications.

Four neighbouring results of a row of a 3 x 3 convolution need 36 products of
numbers; of sums of numbers, 16 are enough (Winograd's F(2 x 2, 3 x 3)). So
the convolution becomes 16 matrix products over tiles of 2 x 2 results. The
sums cost passes over the maps: with many channels the products outweigh them.
Rounding is that of float32, about twice a plain convolution's.

Source: Fast Algorithms for Convolutional Neural Networks (arXiv:1509.09308).
"""

from __future__ import annotations

from collections.abc import Sequence

from keras import ops

from keras_solo._tensor import Tensor


def winograd_convolve(maps: Sequence[Tensor], kernel: Tensor) -> list[Tensor]:
    """Convolves several maps with one kernel, with a border of one zero.

    Args:
        maps: `(B, H, W, C)` of any sizes.
        kernel: `(3, 3, C, filters)`.

    Returns:
        Tensors `(B, H, W, filters)`.
    """
    tiles = [_tiles(features) for features in maps]
    # One product for all maps: small ones alone would not fill it.
    products = [
        ops.matmul(_joined(sums), factor)
        for sums, factor in zip(
            zip(*tiles, strict=True), _kernel_sums(kernel), strict=True
        )
    ]
    columns = [_results(products[column::4]) for column in range(4)]
    corners = [_results(rows) for rows in zip(*columns, strict=True)]
    outputs, start = [], 0
    for features in maps:
        batch, height, width, _ = features.shape
        shape = (batch, (height + 1) // 2, (width + 1) // 2, kernel.shape[3])
        end = start + shape[0] * shape[1] * shape[2]
        grid = _interleaved(corners, start, end, shape)
        outputs.append(grid[:, :height, :width])
        start = end
    return outputs


def _tiles(features: Tensor) -> list[Tensor]:
    """The 16 sums of each tile, row by row: `(tiles, C)`."""
    _, height, width, channels = features.shape
    edges = [(0, 0), (1, 1 + height % 2), (1, 1 + width % 2), (0, 0)]
    features = ops.pad(features, edges)
    return [
        ops.reshape(sums, (-1, channels))
        for rows in _sums(features, 1)
        for sums in _sums(rows, 2)
    ]


def _sums(features: Tensor, axis: int) -> tuple[Tensor, ...]:
    """Of every four numbers, two steps apart: a - c, b + c, c - b, b - d."""
    count = features.shape[axis] - 2
    a, b, c, d = (
        features[(slice(None),) * axis + (slice(k, k + count - 1, 2),)]
        for k in range(4)
    )
    return a - c, b + c, c - b, b - d


def _kernel_sums(kernel: Tensor) -> list[Tensor]:
    """16 matrices `(C, filters)` for the 16 sums."""
    rows = _weights([kernel[0], kernel[1], kernel[2]])
    return [w for row in rows for w in _weights([row[0], row[1], row[2]])]


def _weights(taps: list[Tensor]) -> tuple[Tensor, ...]:
    """Of three taps: a, (a + b + c) / 2, (a - b + c) / 2, c."""
    a, b, c = taps
    outer, inner = (a + c) * 0.5, b * 0.5
    return a, outer + inner, outer - inner, c


def _results(products: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Of four products two results: a + b + c, b - c - d."""
    a, b, c, d = products
    return a + (b + c), (b - c) - d


def _joined(sums: Sequence[Tensor]) -> Tensor:
    return sums[0] if len(sums) == 1 else ops.concatenate(sums, axis=0)


def _interleaved(
    corners: Sequence[Sequence[Tensor]],
    start: int,
    end: int,
    shape: tuple[int, ...],
) -> Tensor:
    """A map from the corners of its tiles, `corners[row][column]`."""
    batch, height, width, filters = shape
    rows = [
        ops.stack(
            [ops.reshape(corner[start:end], shape) for corner in corner_row],
            axis=3,
        )
        for corner_row in corners
    ]
    grid = ops.stack(rows, axis=2)
    return ops.reshape(grid, (batch, 2 * height, 2 * width, filters))
