"""A 3 x 3 convolution at 4/9 of its multiplications.

Four neighbouring results of a row of a 3 x 3 convolution need 36 products of
numbers; of sums of numbers, 16 are enough (Winograd's F(2 x 2, 3 x 3)). So
the convolution becomes 16 matrix products over tiles of 2 x 2 results. The
sums cost passes over the maps: with many channels the products outweigh them.
Rounding is that of float32, about twice a plain convolution's.

Source: Fast Algorithms for Convolutional Neural Networks (arXiv:1509.09308).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from keras_solo._backend.own_gradient import with_gradient
from keras_solo._tensor import Tensor

# Tensors of one shape: on JAX a list, as XLA fuses sums of those into one
# pass; elsewhere one tensor with an axis before, for matrix products.
Planes = list[Tensor] | Tensor

# Tiles, of one image, that fill a product.
FULL = 256

# In one dimension: of four numbers of a tile, of three taps, and of four
# products.
TILE = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
TAPS = np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2
RESULT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])
# In two.
TILE, TAPS, RESULT = (np.kron(m, m) for m in (TILE, TAPS, RESULT))


def winograd_convolve(maps: Sequence[Tensor], kernel: Tensor) -> list[Tensor]:
    """Convolves several maps with one kernel, with a border of one zero.

    Its gradient is computed the same way, from the arguments alone: kept sums
    would take four times the memory of the maps.

    Args:
        maps: `(B, H, W, C)` of any sizes, H and W known.
        kernel: `(3, 3, C, filters)`.

    Returns:
        Tensors `(B, H, W, filters)`.
    """
    *maps, kernel = (ops.convert_to_tensor(t) for t in (*maps, kernel))
    return with_gradient(_convolved, _gradients)(*maps, kernel)


def _convolved(*maps_and_kernel: Tensor) -> list[Tensor]:
    *maps, kernel = maps_and_kernel
    factors, outputs = _kernel_sums(kernel), []
    for group in _grouped(maps):
        products = _products(_tile_sums(group), factors)
        outputs += _maps_of(_mixed(RESULT, products), group)
    return outputs


def _grouped(maps: Sequence[Tensor]) -> list[list[Tensor]]:
    """Neighbours that fill a product together: all at once take memory.

    On JAX they are one group: XLA would compute the sums of all at once.
    """
    if keras.backend.backend() == "jax":
        return [list(maps)]
    groups: list[list[Tensor]] = []
    room = 0
    for features in maps:
        tiles = math.prod((side + 1) // 2 for side in features.shape[1:3])
        if tiles > room:
            groups.append([])
            room = FULL
        groups[-1].append(features)
        room -= tiles
    return groups


def _gradients(
    maps_and_kernel: Sequence[Tensor], gradients: Sequence[Tensor]
) -> list[Tensor]:
    *maps, kernel = maps_and_kernel
    turned = ops.transpose(ops.flip(kernel, (0, 1)), (0, 1, 3, 2))
    return [
        *_convolved(*gradients, turned),
        _kernel_gradient(maps, gradients, kernel.shape),
    ]


def _kernel_gradient(
    maps: Sequence[Tensor],
    gradients: Sequence[Tensor],
    shape: tuple[int, ...],
) -> Tensor:
    products, start = None, 0
    for group in _grouped(maps):
        end = start + len(group)
        results = _over_maps([_results(g) for g in gradients[start:end]])
        sums = _turned(_tile_sums(group))
        more = _products(sums, _mixed(RESULT.T, results))
        products = more if products is None else _added(products, more)
        start = end
    return ops.reshape(_stacked(_mixed(TAPS.T, products)), shape)


def _tile_sums(maps: Sequence[Tensor]) -> Planes:
    """16 sums of the 16 numbers of each tile, `(tiles, C)` each."""
    return _mixed(TILE, _over_maps([_tiles(features) for features in maps]))


def _tiles(features: Tensor) -> Planes:
    """The 16 numbers of all tiles, row by row; tiles overlap by two."""
    _, height, width, _ = features.shape
    edges = [(0, 0), (1, 1 + height % 2), (1, 1 + width % 2), (0, 0)]
    corners = _corners(ops.pad(features, edges))

    def number(y: int, x: int) -> Tensor:
        up, left = y // 2, x // 2
        down, right = up + (height + 1) // 2, left + (width + 1) // 2
        return corners[y % 2, x % 2, :, up:down, left:right]

    return _planes([number(y, x) for y in range(4) for x in range(4)])


def _results(features: Tensor) -> Planes:
    """The 4 results of all tiles, row by row."""
    _, height, width, _ = features.shape
    if height % 2 or width % 2:
        edges = [(0, 0), (0, height % 2), (0, width % 2), (0, 0)]
        features = ops.pad(features, edges)
    corners = _corners(features)
    return _planes([corners[y, x] for y in range(2) for x in range(2)])


def _corners(features: Tensor) -> Tensor:
    """The corners of all squares of 2 x 2: `(2, 2, B, H / 2, W / 2, C)`."""
    _, height, width, channels = features.shape
    squares = (-1, height // 2, 2, width // 2, 2, channels)
    return ops.transpose(ops.reshape(features, squares), (2, 4, 0, 1, 3, 5))


def _maps_of(results: Planes, maps: Sequence[Tensor]) -> list[Tensor]:
    """What `_results` takes apart, as large as `maps`."""
    results = _stacked(results)
    outputs, start = [], 0
    for features in maps:
        batch, height, width, _ = ops.shape(features)
        rows, columns = (height + 1) // 2, (width + 1) // 2
        end = start + batch * rows * columns
        corners = (2, 2, -1, rows, columns, results.shape[-1])
        corners = ops.reshape(results[:, start:end], corners)
        squares = ops.transpose(corners, (2, 3, 0, 4, 1, 5))
        output = (-1, 2 * rows, 2 * columns, results.shape[-1])
        outputs.append(ops.reshape(squares, output)[:, :height, :width])
        start = end
    return outputs


def _kernel_sums(kernel: Tensor) -> Planes:
    """16 sums of the 9 taps, `(C, filters)` each."""
    taps = [kernel[y, x] for y in range(3) for x in range(3)]
    if keras.backend.backend() == "torch":  # as `lay_out` puts its numbers
        taps = [ops.transpose(tap) for tap in taps]
        return _turned(_mixed(TAPS, _planes(taps)))
    return _mixed(TAPS, _planes(taps))


def _planes(tensors: Sequence[Tensor]) -> Planes:
    """Of each tensor, rows of its last axis."""
    channels = tensors[0].shape[-1]
    if keras.backend.backend() == "jax":
        return [ops.reshape(tensor, (-1, channels)) for tensor in tensors]
    return ops.reshape(ops.stack(tensors), (len(tensors), -1, channels))


def _over_maps(planes: Sequence[Planes]) -> Planes:
    """Planes of all tiles, from those of each map."""
    if len(planes) == 1:
        return planes[0]
    if isinstance(planes[0], list):
        return [ops.concatenate(maps) for maps in zip(*planes, strict=True)]
    return ops.concatenate(planes, axis=1)


def _mixed(weights: np.ndarray, planes: Planes) -> Planes:
    """For each row of a matrix, the sum of planes with these weights."""
    if keras.backend.backend() == "jax":
        return [_weighted_sum(row, planes) for row in weights]
    shape = ops.shape(planes)
    weights = ops.convert_to_tensor(weights, "float32")
    mixed = ops.matmul(weights, ops.reshape(planes, (shape[0], -1)))
    return ops.reshape(mixed, (weights.shape[0], *shape[1:]))


def _weighted_sum(weights: np.ndarray, planes: Sequence[Tensor]) -> Tensor:
    pairs = zip(weights.tolist(), planes, strict=True)
    return sum(plane * weight for weight, plane in pairs if weight)


def _products(ones: Planes, others: Planes) -> Planes:
    if isinstance(ones, list):
        return [a @ b for a, b in zip(ones, others, strict=True)]
    return ops.matmul(ones, others)


def _added(ones: Planes, others: Planes) -> Planes:
    if isinstance(ones, list):
        return [a + b for a, b in zip(ones, others, strict=True)]
    return ones + others


def _turned(planes: Planes) -> Planes:
    if isinstance(planes, list):
        return [ops.transpose(plane) for plane in planes]
    return ops.transpose(planes, (0, 2, 1))


def _stacked(planes: Planes) -> Tensor:
    return ops.stack(planes) if isinstance(planes, list) else planes
