"""Deformable convolution v2: every tap looks where the network tells it to."""

import math

import keras
from keras import ops

from keras_solo._tensor import Tensor


def deformable_conv2d(
    inputs: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    kernel: Tensor,
    bias: Tensor | None = None,
    strides: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 1,
    dilation_rate: int | tuple[int, int] = 1,
    groups: int = 1,
    offset_groups: int = 1,
) -> Tensor:
    """Convolves with taps that are moved by `offsets` and scaled by `mask`.

    Tap t of an ordinary convolution reads the pixel `p + p_t`. Here it reads
    `p + p_t + offset_t`, between pixels by bilinear interpolation, and what
    it reads is multiplied by `mask_t`. Pixels outside the image are zero, so
    a position at -1 or beyond, or at H (W) or beyond, reads zero and sends
    no gradient to its offset.

    The offset groups share the input channels evenly, in order: channels of
    one group move together. This is independent of `groups`.

    Positions and interpolation weights are float32 (bfloat16 positions are
    wrong beyond 256), and so is the sum over the taps.

    Memory: the taps are gathered one after the other, `(B, H', W', C)` each,
    and never put together to `(B, H', W', kh * kw, C)`. Compilers are free
    to overlap taps. For the backward pass the four neighbours and the
    interpolated value of each tap are kept, `5 * kh * kw` times
    `(B, H', W', C)`, unless they are rematerialized (`DeformableConv2D`).

    Args:
        inputs: `(B, H, W, C)` float tensor. H and W may be dynamic.
        offsets: `(B, H', W', 2 * offset_groups * kh * kw)` in pixels of
            `inputs`. The last axis runs over offset groups, then taps (row
            by row), then (dy, dx).
        mask: `(B, H', W', offset_groups * kh * kw)`, usually in [0, 1],
            groups and taps in the same order; or `None` for ones, which is
            deformable convolution v1.
        kernel: `(kh, kw, C / groups, filters)`.
        bias: `(filters,)` or `None`.
        strides: Integer or (vertical, horizontal), in pixels.
        padding: Zero pixels on each side: integer or (top and bottom, left
            and right).
        dilation_rate: Integer or (vertical, horizontal): distance of
            neighbouring taps in pixels.
        groups: Number of groups of input channels that are convolved
            separately.
        offset_groups: Number of groups of input channels with offsets and a
            mask of their own.

    Returns:
        Tensor `(B, H', W', filters)` of the dtype of `inputs`, where
        `H' = (H + 2 * padding - dilation_rate * (kh - 1) - 1) // strides + 1`
        is taken from `offsets`.

    Raises:
        ValueError: If the channels of the arguments do not fit each other.

    Example:

    >>> import numpy as np
    >>> inputs = np.ones((1, 4, 5, 2), "float32")
    >>> offsets = np.zeros((1, 4, 5, 18), "float32")
    >>> mask = np.ones((1, 4, 5, 9), "float32")
    >>> kernel = np.ones((3, 3, 2, 1), "float32")
    >>> output = deformable_conv2d(inputs, offsets, mask, kernel)
    >>> float(output[0, 0, 0, 0]), float(output[0, 1, 1, 0])
    (8.0, 18.0)

    Source: Deformable ConvNets v2 (arXiv:1811.11168) equation 1; channel
    order and border rule of `modulated_deform_conv2d` of mmcv, which are
    those of ONNX's `DeformConv` too.
    """
    inputs = ops.convert_to_tensor(inputs)
    offsets = ops.convert_to_tensor(offsets)
    kernel = ops.convert_to_tensor(kernel)
    _check_channels(inputs, offsets, mask, kernel, groups, offset_groups)
    dtype = keras.backend.standardize_dtype(inputs.dtype)
    precise = keras.backend.result_type(dtype, "float32")
    taps = math.prod(kernel.shape[:2])
    by_tap = (*ops.shape(offsets)[1:3], offset_groups, taps)
    offsets = ops.cast(ops.reshape(offsets, (-1, *by_tap, 2)), precise)
    if mask is not None:
        mask = ops.cast(ops.reshape(mask, (-1, *by_tap)), precise)
    windows = _windows(by_tap[:2], strides, padding, precise)
    steps = size_pair(dilation_rate, "dilation_rate")

    bordered = ops.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 0)))
    total = 0.0
    for tap in range(taps):
        place = divmod(tap, kernel.shape[1])
        y, x = _positions(windows, place, steps, offsets[..., tap, :])
        factor = None if mask is None else mask[..., tap]
        samples = _bilinear_samples(bordered, y, x, factor)
        product = _grouped_product(samples, kernel[place], groups)
        total = total + ops.cast(product, precise)
    if bias is not None:
        total = total + ops.cast(bias, precise)
    return ops.cast(total, dtype)


def _positions(
    windows: tuple[Tensor, Tensor],
    place: tuple[int, int],
    steps: tuple[int, int],
    offsets: Tensor,
) -> list[Tensor]:
    """y and x `(B, H', W', G)` that one tap of the kernel reads."""
    return [
        windows[axis] + float(place[axis] * steps[axis]) + offsets[..., axis]
        for axis in (0, 1)
    ]


def _windows(
    size: tuple[Tensor, Tensor],
    strides: int | tuple[int, int],
    padding: int | tuple[int, int],
    dtype: str,
) -> tuple[Tensor, Tensor]:
    """Where the windows begin: `(H', 1, 1)` y and `(1, W', 1)` x."""
    starts = [
        ops.cast(ops.arange(count, dtype="int32") * stride - pad, dtype)
        for count, stride, pad in zip(
            size,
            size_pair(strides, "strides"),
            size_pair(padding, "padding", minimum=0),
            strict=True,
        )
    ]
    return starts[0][:, None, None], starts[1][None, :, None]


def _bilinear_samples(
    bordered: Tensor, y: Tensor, x: Tensor, mask: Tensor | None
) -> Tensor:
    """Reads an image at fractional positions, zero outside.

    Args:
        bordered: `(B, H + 2, W + 2, C)`, an image inside a border of zeros.
        y: `(B, H', W', G)` positions, pixels of the image without border.
        x: The same for the other axis.
        mask: `(B, H', W', G)` factors, or `None`.

    Returns:
        `(B, H', W', C)`.
    """
    batch, height, width = ops.shape(bordered)[:3]
    channels = bordered.shape[-1]
    inside = ops.logical_and(
        _between(y, -1, height - 2), _between(x, -1, width - 2)
    )
    # At (-1, -1) everything is border: zero, without a gradient, and no index
    # leaves the image, not even for positions that are infinite or NaN.
    y = ops.where(inside, y, -1.0)
    x = ops.where(inside, x, -1.0)
    top, left = ops.floor(y), ops.floor(x)
    below, right = y - top, x - left
    if mask is None:
        mask = ops.ones_like(y)

    # One row of `table` holds the channels of one offset group at one pixel.
    out_h, out_w, groups = ops.shape(y)[1:]
    table = ops.reshape(bordered, (-1, channels // groups))
    image = ops.reshape(ops.arange(batch, dtype="int32"), (-1, 1, 1, 1))
    pixel = (image * height + ops.cast(top, "int32") + 1) * width
    pixel = pixel + ops.cast(left, "int32") + 1
    first = pixel * groups + ops.arange(groups, dtype="int32")
    total = 0.0
    for neighbour, weight in (
        (0, (1.0 - below) * (1.0 - right)),
        (1, (1.0 - below) * right),
        (width, below * (1.0 - right)),
        (width + 1, below * right),
    ):
        weight = ops.cast(weight * mask, bordered.dtype)[..., None]
        values = ops.take(table, first + neighbour * groups, axis=0)
        total = total + values * weight
    return ops.reshape(total, (-1, out_h, out_w, channels))


def _between(position: Tensor, low: Tensor, high: Tensor) -> Tensor:
    high = ops.cast(high, position.dtype)
    return ops.logical_and(position > low, position < high)


def _grouped_product(samples: Tensor, kernel: Tensor, groups: int) -> Tensor:
    """`(B, H', W', C)` times `(C / groups, filters)`, group by group."""
    if groups == 1:
        return ops.matmul(samples, kernel)
    batch, height, width, channels = ops.shape(samples)
    filters = kernel.shape[-1]
    samples = ops.reshape(
        samples, (-1, height, width, groups, channels // groups)
    )
    kernel = ops.reshape(
        kernel, (channels // groups, groups, filters // groups)
    )
    product = ops.einsum("bhwgc,cgf->bhwgf", samples, kernel)
    return ops.reshape(product, (-1, height, width, filters))


def _check_channels(
    inputs: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    kernel: Tensor,
    groups: int,
    offset_groups: int,
) -> None:
    if len(inputs.shape) != 4 or len(kernel.shape) != 4:
        raise ValueError(
            "Expected inputs (B, H, W, C) and a kernel (kh, kw, C / groups, "
            f"filters). Received shapes {tuple(inputs.shape)} and "
            f"{tuple(kernel.shape)}"
        )
    kernel_h, kernel_w, depth, filters = kernel.shape
    channels = inputs.shape[-1]
    if depth * groups != channels or filters % groups:
        raise ValueError(
            f"Expected a kernel of shape (kh, kw, {channels} / {groups}, "
            f"a multiple of {groups}) for inputs with {channels} channels "
            f"and groups={groups}. Received shape {tuple(kernel.shape)}"
        )
    if channels % offset_groups:
        raise ValueError(
            "Expected offset_groups to divide the input channels. Received: "
            f"offset_groups={offset_groups} and {channels} channels"
        )
    factors = offset_groups * kernel_h * kernel_w
    _check_last_axis("offsets", offsets, 2 * factors)
    if mask is not None:
        _check_last_axis("mask", mask, factors)


def _check_last_axis(name: str, tensor: Tensor, size: int) -> None:
    if len(tensor.shape) != 4 or tensor.shape[-1] != size:
        raise ValueError(
            f"Expected {name} of shape (B, H', W', {size}). "
            f"Received shape {tuple(tensor.shape)}"
        )


def size_pair(
    value: int | tuple[int, int], name: str, minimum: int = 1
) -> tuple[int, int]:
    """A size along y and x from one integer or two."""
    pair = (value, value) if isinstance(value, int) else tuple(value)
    if len(pair) != 2 or any(
        not isinstance(v, int) or v < minimum for v in pair
    ):
        raise ValueError(
            f"Expected {name} to be an integer of at least {minimum}, or two "
            f"of them. Received: {name}={value!r}"
        )
    return pair
