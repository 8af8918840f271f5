"""A 3 x 3 convolution at a quarter of its multiplications.

Sixteen neighbouring results of a 3 x 3 convolution need 144 products of
numbers; of sums of numbers, 36 are enough (Winograd's F(4 x 4, 3 x 3)). So
the convolution becomes 36 matrix products over tiles of 4 x 4 results. The
sums cost passes over the maps: with many channels the products outweigh them.
Rounding is that of float32, about two to six times a plain convolution's.

Source: Fast Algorithms for Convolutional Neural Networks (arXiv:1509.09308);
which points round least: Error Analysis and Improving the Accuracy of Winograd
Convolution for Deep Neural Networks (arXiv:1803.10986).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import keras
import numpy as np
from keras import ops

from keras_solo._backend.ordering import after
from keras_solo._backend.own_gradient import with_gradient
from keras_solo._tensor import Tensor

# Results of a tile, and numbers that it sees, in one dimension.
RESULTS, NUMBERS = 4, 6
# Where polynomials are evaluated whose products are convolutions; and at
# infinity. All that follows from them but the taps' weights is exact.
POINTS = np.array([0, 3 / 4, -3 / 4, 3 / 2, -3 / 2])

# Tiles that fill a product, and numbers of a kernel whose sums the cache and
# PyTorch's heap keep.
FULL = 256
KERNEL_PART = 2**16


def _weights() -> list[np.ndarray]:
    """Of a tile's numbers, of taps, and of products: `(sums, summands)`."""
    tile = np.zeros((NUMBERS, NUMBERS))
    taps = np.zeros((NUMBERS, 3))
    results = np.zeros((RESULTS, NUMBERS))
    for row, point in enumerate(POINTS):
        others = np.delete(POINTS, row)
        tile[row, :-1] = np.poly(others)[::-1]
        taps[row] = point ** np.arange(3) / np.prod(point - others)
        results[:, row] = point ** np.arange(RESULTS)
    tile[-1] = np.poly(POINTS)[::-1]
    taps[-1, -1] = results[-1, -1] = 1
    # In two dimensions.
    return [np.kron(matrix, matrix) for matrix in (tile, taps, results)]


TILE, TAPS, RESULT = _weights()


def winograd_convolve(maps: Sequence[Tensor], kernel: Tensor) -> list[Tensor]:
    """Convolves several maps with one kernel, with a border of one zero.

    Its gradient is computed the same way, from the arguments alone: kept sums
    would take more memory than the maps.

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
    bands = [_bands(features) for features in maps]
    (kernel,) = after(maps[0], [kernel])
    outputs: list[Tensor] = []
    for group in _grouped(sum(bands, [])):
        if outputs:
            group = after(outputs[-1], group)
        outputs += _group_convolved(group, kernel)
    results = iter(outputs)
    return [
        _joined([next(results) for _ in some], features)
        for some, features in zip(bands, maps, strict=True)
    ]


def _group_convolved(group: Sequence[Tensor], kernel: Tensor) -> list[Tensor]:
    sums = _tile_sums(group)
    parts = [
        _mixed(RESULT, ops.matmul(sums, factors))
        for factors in _kernel_sums(kernel)
    ]
    results = parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=-1)
    return _bands_of(results, group)


def _gradients(
    maps_and_kernel: Sequence[Tensor], gradients: Sequence[Tensor]
) -> list[Tensor]:
    *maps, kernel = maps_and_kernel
    turned = ops.transpose(ops.flip(kernel, (0, 1)), (0, 1, 3, 2))
    of_kernel = _kernel_gradient(maps, gradients, kernel.shape)
    return [*_convolved(*gradients, turned), of_kernel]


def _kernel_gradient(
    maps: Sequence[Tensor],
    gradients: Sequence[Tensor],
    shape: tuple[int, ...],
) -> Tensor:
    bands = sum((_bands(features) for features in maps), [])
    results = iter(sum((_result_bands(features) for features in gradients), []))
    total = None
    for group in _grouped(bands):
        if total is not None:
            group = after(total, group)
        sums = ops.transpose(_tile_sums(group), (0, 2, 1))
        theirs = _concatenated([_results(next(results)) for _ in group])
        parts = []
        for part in _parts_of_filters(shape):
            factors = _mixed(RESULT.T, theirs[:, :, part])
            parts.append(_mixed(TAPS.T, ops.matmul(sums, factors)))
        taps = parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=-1)
        total = taps if total is None else total + taps
    return ops.reshape(total, shape)


def count_tiles(features: Tensor) -> int:
    """Tiles of each image of a map `(B, H, W, C)`."""
    return math.prod(_tiles_of(features))


# === Maps to bands of whole tiles, and back ===


def _tiles_of(features: Tensor) -> tuple[int, int]:
    """Rows and columns of tiles that cover a map."""
    _, height, width, _ = features.shape
    return -(-height // RESULTS), -(-width // RESULTS)


def _starts(features: Tensor) -> Iterator[tuple[int, int]]:
    """First and last rows of tiles of each band."""
    rows, columns = _tiles_of(features)
    step = max(FULL // ((features.shape[0] or 1) * columns), 1)
    for start in range(0, rows, step):
        yield start, min(start + step, rows)


def _bands(features: Tensor) -> list[Tensor]:
    """Maps with zeros around, each of tiles that fill a product at most.

    Tiles overlap by two numbers; a band of r x c tiles is
    `(B, 4 (r + 1), 4 (c + 1), C)`.
    """
    _, height, width, _ = features.shape
    rows, columns = (RESULTS * (n + 1) for n in _tiles_of(features))
    edges = [(0, 0), (1, rows - height - 1), (1, columns - width - 1), (0, 0)]
    padded = ops.pad(features, edges)
    return [
        padded[:, RESULTS * start : RESULTS * (end + 1)]
        for start, end in _starts(features)
    ]


def _result_bands(features: Tensor) -> list[Tensor]:
    """The same bands of what a convolution yields, `(B, 4 r, 4 c, filters)`."""
    _, height, width, _ = features.shape
    rows, columns = (RESULTS * n for n in _tiles_of(features))
    if (rows, columns) != (height, width):
        edges = [(0, 0), (0, rows - height), (0, columns - width), (0, 0)]
        features = ops.pad(features, edges)
    return [
        features[:, RESULTS * start : RESULTS * end]
        for start, end in _starts(features)
    ]


def _joined(bands: Sequence[Tensor], features: Tensor) -> Tensor:
    """A map as large as another, of the results of its bands."""
    _, height, width, _ = features.shape
    joined = bands[0] if len(bands) == 1 else ops.concatenate(bands, axis=1)
    return joined[:, :height, :width]


def _grouped(bands: Sequence[Tensor]) -> list[list[Tensor]]:
    """Neighbours that fill a product together."""
    groups: list[list[Tensor]] = []
    room = 0
    for band in bands:
        rows, columns = _tiles_in(band)
        tiles = (band.shape[0] or 1) * rows * columns
        if tiles > room:
            groups.append([])
            room = FULL
        groups[-1].append(band)
        room -= tiles
    return groups


def _tiles_in(band: Tensor) -> tuple[int, int]:
    _, height, width, _ = band.shape
    return height // RESULTS - 1, width // RESULTS - 1


# === Bands to planes `(numbers of a tile, tiles, C)`, and back ===


def _tile_sums(bands: Sequence[Tensor]) -> Tensor:
    """36 sums of the 36 numbers of each tile."""
    return _mixed(TILE, _concatenated([_tiles(band) for band in bands]))


def _tiles(band: Tensor) -> Tensor:
    """The 36 numbers of each tile, row by row."""
    if keras.backend.backend() == "torch":
        seen = band.unfold(1, NUMBERS, RESULTS).unfold(2, NUMBERS, RESULTS)
        numbers = seen.permute(4, 5, 0, 1, 2, 3)
    else:
        # A square, and the beginning of the next.
        more, corners = NUMBERS - RESULTS, _corners(band)
        numbers = ops.concatenate(
            [corners[:, :, :, :-1], corners[:more, :, :, 1:]], axis=0
        )
        numbers = ops.concatenate(
            [numbers[..., :-1, :], numbers[:, :more, ..., 1:, :]], axis=1
        )
    return ops.reshape(numbers, (NUMBERS**2, -1, band.shape[-1]))


def _results(band: Tensor) -> Tensor:
    """The 16 results of each tile, row by row."""
    return ops.reshape(_corners(band), (RESULTS**2, -1, band.shape[-1]))


def _corners(band: Tensor) -> Tensor:
    """Of squares of 4 x 4 side by side, `(4, 4, B, H / 4, W / 4, C)`."""
    _, height, width, channels = band.shape
    rows, columns = height // RESULTS, width // RESULTS
    squares = (-1, rows, RESULTS, columns, RESULTS, channels)
    return ops.transpose(ops.reshape(band, squares), (2, 4, 0, 1, 3, 5))


def _bands_of(results: Tensor, bands: Sequence[Tensor]) -> list[Tensor]:
    """What `_results` takes apart, `(B, 4 r, 4 c, filters)` of each band."""
    outputs, start, filters = [], 0, results.shape[-1]
    for band in bands:
        rows, columns = _tiles_in(band)
        end = start + ops.shape(band)[0] * rows * columns
        corners = (RESULTS, RESULTS, -1, rows, columns, filters)
        corners = ops.reshape(results[:, start:end], corners)
        squares = ops.transpose(corners, (2, 3, 0, 4, 1, 5))
        output = (-1, RESULTS * rows, RESULTS * columns, filters)
        outputs.append(ops.reshape(squares, output))
        start = end
    return outputs


def _kernel_sums(kernel: Tensor) -> Iterator[Tensor]:
    """36 sums of the 9 taps, `(36, C, some of the filters)`."""
    *_, channels, filters = kernel.shape
    if keras.backend.backend() != "torch":
        yield _mixed(TAPS, ops.reshape(kernel, (9, channels, filters)))
        return
    taps = ops.transpose(kernel, (0, 1, 3, 2))  # as `lay_out` puts its numbers
    for part in _parts_of_filters(kernel.shape):
        factors = _mixed(TAPS, ops.reshape(taps[:, :, part], (9, -1, channels)))
        yield ops.transpose(factors, (0, 2, 1))


def _parts_of_filters(shape: Sequence[int]) -> list[slice]:
    """On PyTorch large memory is new at each use, and costs more than sums."""
    *_, channels, filters = shape
    if keras.backend.backend() != "torch":
        return [slice(filters)]
    step = max(KERNEL_PART // channels, 1)
    return [slice(start, start + step) for start in range(0, filters, step)]


def _mixed(weights: np.ndarray, planes: Tensor) -> Tensor:
    """For each row of a matrix, the sum of planes with these weights."""
    shape = ops.shape(planes)
    weights = ops.convert_to_tensor(weights, "float32")
    mixed = ops.matmul(weights, ops.reshape(planes, (shape[0], -1)))
    return ops.reshape(mixed, (weights.shape[0], *shape[1:]))


def _concatenated(planes: Sequence[Tensor]) -> Tensor:
    return planes[0] if len(planes) == 1 else ops.concatenate(planes, axis=1)
